// The pages of the mail server and the outbox, with a mail server of the test's own.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { looksRight, suite } from './suite.mjs';
import * as rota from './support.mjs';

const { running, pageTest } = suite('mail');

let refusals = 0;
/** Takes every mail but those to `refused@…`. */
const smtp = createServer((socket) => {
  let text = '';
  let inMail = false;
  const say = (line) => socket.write(`${line}\r\n`);
  say('220 mail.test ready');
  socket.on('error', () => {});
  socket.on('data', (data) => {
    text += data;
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      if (inMail) {
        inMail = line !== '.';
        if (!inMail) say('250 taken');
      } else if (/^DATA/i.test(line)) {
        inMail = true;
        say('354 go on');
      } else if (/^RCPT.*refused@/i.test(line)) {
        refusals += 1;
        say('550 no such person here');
      } else if (/^QUIT/i.test(line)) {
        say('221 bye');
        socket.end();
      } else say('250 mail.test');
    }
  });
});
let port;

before(async () => {
  await new Promise((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  port = smtp.address().port;
});
after(() => smtp.close());

const settings = async () => (await rota.api(running.url, 'GET', '/settings/mail')).mail;

async function open(page, path, login = rota.LOGIN, password = rota.PASSWORD) {
  await rota.visit(page, path);
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.click('button[type=submit]');
  await page.locator('main#content h1').waitFor();
}

/** Deliveries of all kinds: taken, refused, and waiting for a server that is not there. */
async function deliver(recipients) {
  const email = { recipients: recipients.map((email) => ({ email, problems_only: false })) };
  const task = { description: 'Writes <b>home</b>', task_module: 'sleep', task_params: { runtime: 0 }, email };
  const [{ task: made }] = await rota.createTasks(running.url, [task]);
  await rota.api(running.url, 'POST', `/task/${made._id}/run`);
  return made;
}

function settled(n) {
  const done = (all) => all.length >= n && all.every((one) => one.attempts > 0 && one.status !== 'sending');
  return rota.until(() => rota.api(running.url, 'GET', '/mail'), done);
}

describe('the mail server', () => {
  pageTest('is set, by keyboard, with problems at their fields', {}, async (page) => {
    await open(page, '/people');
    await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Mail' }).click();
    await page.getByRole('heading', { name: 'Mail', level: 1 }).waitFor();
    await page.getByText('No mail is sent').waitFor();
    await page.getByLabel('Server', { exact: true }).focus();
    await page.keyboard.type('127.0.0.1');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('99999');
    await page.getByLabel('Encryption').selectOption('none');
    await page.getByLabel('Sender').fill('rota@example.org');
    await page.getByLabel('Problems of all tasks to').fill('ops@example.org, nobody');
    await page.keyboard.press('Enter');
    await page.locator('#port[aria-invalid=true]').waitFor();
    await page.waitForFunction(() => document.activeElement.id === 'port');
    await page.getByLabel('Port').fill(String(port));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('#problems-to[aria-invalid=true]').waitFor();
    await page.getByLabel('Problems of all tasks to').fill('ops@example.org, admin@example.org');
    await page.getByLabel('Password').fill('a secret of the test');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.getByText('Mail is sent.').waitFor();
    page.problems.length = 0; // The browser logs the 400s.
    const mail = await settings();
    assert.deepEqual([mail.host, mail.port, mail.tls, mail.password, mail.problems_to], ['127.0.0.1', port, 'none', { _secret: true }, ['ops@example.org', 'admin@example.org']]);
    // A password that is stored stays, and goes when it is replaced by nothing.
    await page.getByText('stored', { exact: true }).waitFor();
    assert.ok(!(await page.content()).includes('a secret of the test'));
    await page.getByRole('button', { name: 'Replace' }).click();
    await page.getByLabel('Problems of all tasks to').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    assert.deepEqual([(await settings()).password, (await settings()).problems_to], [null, []]);
  });

  pageTest('is tried, and what was said is shown where that fails', {}, async (page) => {
    await open(page, '/mail');
    await page.getByLabel('Test mail to').fill('refused@example.org');
    await page.getByRole('button', { name: 'Send test mail' }).click();
    await page.getByText('The mail was not taken.').waitFor();
    await page.getByRole('region', { name: 'Conversation' }).getByText('550 no such person here').waitFor();
    assert.deepEqual(await rota.axeViolations(page), []);
    await page.getByLabel('Test mail to').fill('no address');
    await page.getByRole('button', { name: 'Send test mail' }).click();
    await page.locator('#test-to[aria-invalid=true]').waitFor();
    page.problems.length = 0; // The browser logs the 400.
    await page.getByLabel('Test mail to').fill('ann@example.org');
    await page.getByRole('button', { name: 'Send test mail' }).click();
    await page.getByText('The mail server took the mail.').waitFor();
  });

  pageTest('is not for everybody', {}, async (page) => {
    await rota.api(running.url, 'POST', '/user', { login: 'plain', displayname: 'Plain', password: 'eight characters' });
    await open(page, '/mail', 'plain', 'eight characters');
    await page.getByRole('heading', { name: 'This page is for administrators.' }).waitFor();
    await page.goto('/mail/outbox');
    await page.getByRole('heading', { name: 'This page is for administrators.' }).waitFor();
    await rota.hydrated(page);
  });
});

describe('the outbox', () => {
  pageTest('tells what became of messages, by status, and sends them again', {}, async (page) => {
    await open(page, '/mail/outbox');
    await page.getByText('There are no messages here.').waitFor();
    refusals = 0;
    const { _id } = await deliver(['ann@example.org', 'refused@example.org']);
    await settled(2);
    await rota.visit(page, '/mail/outbox');
    const failed = page.getByRole('row').filter({ hasText: 'refused@example.org' });
    await failed.getByText('failed', { exact: true }).waitFor();
    await failed.getByText('550 no such person here').waitFor();
    await page.getByRole('row').filter({ hasText: 'ann@example.org' }).getByText('sent', { exact: true }).waitFor();
    assert.equal(await failed.getByRole('link', { name: 'Writes <b>home</b>' }).getAttribute('href'), `/task/${_id}`);
    await page.getByRole('link', { name: 'failed' }).click();
    await page.waitForURL('**/mail/outbox?status=failed');
    await page.getByRole('row').filter({ hasText: 'ann@example.org' }).waitFor({ state: 'detached' });
    await page.getByText('1–1 of 1').waitFor();
    await page.getByRole('button', { name: 'Send again: refused@example.org' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('row').getByText('waiting', { exact: true }).waitFor();
    const [again] = (await settled(2)).filter((one) => one.status === 'failed');
    assert.deepEqual([again.recipient, again.attempts], ['refused@example.org', 1], 'tried anew');
    assert.equal(refusals, 2);
  });
});

describe('the look', () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, width, height] of [['wide', 1280, 900], ['narrow', 360, 740]]) {
      const locale = size === 'narrow' ? 'de-DE' : 'en-US';
      pageTest(`${colorScheme} ${size}`, { colorScheme, locale, viewport: { width, height } }, async (page) => {
        await open(page, '/mail');
        for (const [name, path] of [['mail', '/mail'], ['outbox', '/mail/outbox']]) {
          await page.goto(path);
          await rota.hydrated(page);
          assert.equal(await rota.layoutShift(page), 0, name);
          await looksRight(page, `${name}-${colorScheme}-${size}`);
        }
      });
    }
  }
});

test('what the environment fixes cannot be changed', async () => {
  const fixed = await rota.startServer({ env: { ROTA_SMTP_HOST: 'mail.example.org', ROTA_SMTP_PASSWORD: 'fixed', ROTA_MAIL_FROM: 'rota@example.org' } });
  const page = await rota.openPage(running.browser, fixed.url);
  try {
    await open(page, '/mail');
    await page.getByText('What is grey is set by the server').waitFor();
    assert.ok(await page.getByLabel('Server', { exact: true }).isDisabled());
    assert.ok(await page.getByLabel('Sender').isDisabled());
    assert.equal(await page.getByRole('button', { name: 'Replace' }).count(), 0);
    await page.getByLabel('Port').fill('2525');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    assert.deepEqual(await rota.axeViolations(page), []);
    await rota.screenshot(page, 'mail-fixed');
    assert.deepEqual(page.problems, []);
  } catch (error) {
    await rota.screenshot(page, 'failed-mail-fixed');
    throw error;
  } finally {
    await page.context().close();
    await fixed.stop();
  }
});
