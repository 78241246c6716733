// People, tokens and one's own profile in a real browser.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { looksRight, suite } from './suite.mjs';
import * as rota from './support.mjs';

const HOSTILE = '<img src=x onerror=alert(1)> & "co"';

const { running, pageTest } = suite('people');

/** Visits a page, logged in. */
async function open(page, path, login = rota.LOGIN, password = rota.PASSWORD) {
  await rota.visit(page, path);
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.click('button[type=submit]');
  await page.locator('main#content h1').waitFor();
}

/** The browser itself logs refused calls as errors. */
function forgive(page, status) {
  page.problems = page.problems.filter((problem) => !problem.includes(String(status)));
}

async function createPerson(login, name, extra = {}) {
  const person = { login, displayname: name, password: 'eight characters', ...extra };
  return (await rota.api(running.url, 'POST', '/user', person)).user;
}

const readPerson = async (id) => (await rota.api(running.url, 'GET', `/user/${id}`)).user;

describe('people', () => {
  pageTest('are listed, searched and paged by address, hostile names as text', {}, async (page) => {
    await createPerson('mallory', HOSTILE, { email: 'mallory@example.org' });
    await open(page, '/people');
    await page.getByRole('link', { name: HOSTILE }).waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await page.getByRole('searchbox').fill('mallory@');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.waitForURL('**/people?q=mallory%40');
    await page.getByText('1–1 of 1').waitFor();
    assert.equal(await page.locator('tbody tr').count(), 1);
    await page.goto('/people?q=nobody-at-all');
    await page.getByText('No user matches.').waitFor();
    await page.getByRole('link', { name: 'Show all' }).click();
    await page.getByRole('link', { name: HOSTILE }).waitFor();
  });

  pageTest('are made, with problems at their fields', {}, async (page) => {
    await open(page, '/people');
    await page.getByRole('link', { name: 'New user' }).click();
    await page.getByRole('heading', { name: 'New user' }).waitFor();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.locator('#login-name[aria-invalid=true]').waitFor();
    await page.waitForFunction(() => document.activeElement.id === 'login-name');
    assert.equal(await page.locator('#new-password-problem').textContent(), 'must have 8 to 1000 characters');
    await page.fill('#login-name', 'mallory');
    await page.fill('#new-password', 'eight characters');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Someone already has the login').waitFor();
    forgive(page, 400);
    await page.fill('#login-name', 'grace');
    await page.fill('#displayname', 'Grace');
    await page.fill('#email', 'not an address');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.locator('#email[aria-invalid=true]').waitFor();
    forgive(page, 400);
    await page.fill('#email', 'grace@example.org');
    await page.selectOption('#language', 'de-DE');
    await page.getByLabel('system.task').uncheck();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Grace' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').pop();
    const grace = await readPerson(id);
    assert.deepEqual([grace.login, grace.email, grace.language, grace.system_rights], ['grace', 'grace@example.org', 'de-DE', []]);
  });

  pageTest('are changed, and the last root stays', {}, async (page) => {
    await open(page, '/people/1');
    await page.fill('#displayname', 'The Root');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.locator('.menu summary', { hasText: 'The Root' }).waitFor();
    await page.getByLabel('system.root').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('This is the last user with system.root.').waitFor();
    await page.getByRole('button', { name: 'Delete user' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog').getByText('This is the last user with system.root.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    forgive(page, 400);
    await page.fill('#displayname', '');
    await page.getByLabel('system.root').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
  });

  pageTest('are deleted after a question that says what happens to their tasks', {}, async (page) => {
    const { id } = { id: (await createPerson('gone', 'Gone'))._id };
    await open(page, `/people/${id}`);
    await page.getByRole('button', { name: 'Delete user' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('The tasks stay. They will be owned by nobody and will not run.').waitFor();
    assert.deepEqual(await rota.axeViolations(page), []);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Delete user' }).click();
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.waitForURL('**/people');
    await page.getByRole('link', { name: HOSTILE }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Gone' }).count(), 0);
    await page.goto(`/people/${id}`);
    await page.getByRole('heading', { name: 'There is no such user.' }).last().waitFor();
    forgive(page, 404);
  });

  pageTest('are not for everybody', {}, async (page) => {
    await createPerson('plain', 'Plain');
    await open(page, '/people', 'plain', 'eight characters');
    await page.getByText('This page is for administrators.').waitFor();
    assert.equal(await page.getByRole('link', { name: 'People' }).count(), 0);
  });
});

describe('tokens', () => {
  pageTest('are shown once, copied, and revoked', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
    const person = await createPerson('tokens', 'Tokens');
    await open(page, `/people/${person._id}`);
    await page.getByText('No tokens yet.').waitFor();
    await page.getByRole('button', { name: 'Create token' }).click();
    await page.locator('#token-name[aria-invalid=true]').waitFor();
    await page.fill('#token-name', HOSTILE);
    await page.fill('#token-expires', '2020-01-01');
    await page.getByRole('button', { name: 'Create token' }).click();
    await page.locator('#token-expires[aria-invalid=true]').waitFor();
    forgive(page, 400);
    await page.fill('#token-expires', '2090-01-01');
    await page.getByRole('button', { name: 'Create token' }).click();
    await page.getByText('It is shown this one time only').waitFor();
    const value = await page.getByRole('textbox', { name: 'New token' }).inputValue();
    assert.match(value, /^rota_/);
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByText('Copied', { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), value);
    assert.deepEqual(await rota.axeViolations(page), []);
    const me = await page.request.get(`/api/user/${person._id}`, { headers: { Authorization: `Bearer ${value}` } });
    assert.equal(me.status(), 200);
    await page.getByRole('button', { name: 'I have copied it' }).click();
    await page.reload();
    await rota.hydrated(page);
    assert.ok(!(await page.content()).includes(value));
    const row = page.getByRole('row').filter({ hasText: HOSTILE });
    assert.match(await row.textContent(), /2090/);
    await row.getByRole('button', { name: 'Revoke' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(HOSTILE).waitFor();
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No tokens yet.').waitFor();
    const refused = await page.request.get(`/api/user/${person._id}`, { headers: { Authorization: `Bearer ${value}` } });
    assert.equal(refused.status(), 401);
  });
});

describe('the profile', () => {
  pageTest('changes the name, the password and the tokens of oneself', {}, async (page) => {
    const person = await createPerson('self', 'Self');
    await open(page, '/profile', 'self', 'eight characters');
    await page.fill('#displayname', 'Somebody Else');
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.getByText('Saved.').first().waitFor();
    await page.locator('.menu summary', { hasText: 'Somebody Else' }).waitFor();
    await page.fill('#new-password', 'short');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('must have 8 to 1000 characters').waitFor();
    await page.fill('#new-password', 'another password');
    await page.fill('#password-again', 'another passwort');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('is not the same').waitFor();
    await page.fill('#password-again', 'another password');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.locator('section', { hasText: 'Change password' }).getByText('Saved.').waitFor();
    await page.fill('#token-name', 'mine');
    await page.getByRole('button', { name: 'Create token' }).click();
    await page.getByText('It is shown this one time only').waitFor();
    assert.equal((await readPerson(person._id)).displayname, 'Somebody Else');
    await page.context().clearCookies();
    await open(page, '/profile', 'self', 'another password');
  });

  pageTest('keeps theme, language and zone for the person, beside what others keep', {}, async (page) => {
    const prefs = { other: { n: 1 }, rota: { future: [1, 2] } };
    const person = await createPerson('chooser', 'Chooser', { frontend_prefs: prefs });
    await open(page, '/profile', 'chooser', 'eight characters');
    const main = page.locator('main');
    await main.getByRole('button', { name: 'Dark' }).click();
    await main.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Mein Profil' }).waitFor();
    await page.fill('#zone', 'Nowhere/Land');
    await main.getByRole('button', { name: 'Speichern' }).nth(1).click();
    await page.getByText('ist keine bekannte Zeitzone').waitFor();
    await page.fill('#zone', 'Asia/Tokyo');
    await main.getByRole('button', { name: 'Speichern' }).nth(1).click();
    await main.getByText('Gespeichert.', { exact: true }).waitFor();
    const rota_prefs = { future: [1, 2], theme: 'dark', language_chosen: true, zone: 'Asia/Tokyo' };
    const stored = await rota.until(() => readPerson(person._id), (one) => one.frontend_prefs.rota.zone !== undefined);
    assert.equal(stored.language, 'de-DE');
    assert.deepEqual(stored.frontend_prefs, { other: { n: 1 }, rota: rota_prefs });
    // Another browser: nothing in its cookies.
    const other = await rota.openPage(running.browser, running.url, { locale: 'en-US' });
    await open(other, '/profile', 'chooser', 'eight characters');
    await other.getByRole('heading', { name: 'Mein Profil' }).waitFor();
    assert.equal(await other.getAttribute('html', 'data-theme'), 'dark');
    await other.goto('/profile');
    await rota.hydrated(other);
    assert.equal(await other.inputValue('#zone'), 'Asia/Tokyo');
    await other.fill('#token-name', 'when');
    await other.getByRole('button', { name: 'Token anlegen' }).click();
    const exact = await other.locator('time .exact').first().textContent();
    const [{ created_at }] = await rota.api(running.url, 'GET', `/user/${person._id}/token`);
    const created = new Date(created_at).toLocaleTimeString('de-DE', { timeZone: 'Asia/Tokyo', hour: '2-digit', minute: '2-digit' });
    assert.equal(exact.slice(-5), created, 'times are those of Tokyo');
    assert.deepEqual(other.problems, []);
    await other.context().close();
  });
});

describe('every page, both themes, wide and narrow', () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, width, height] of [['wide', 1280, 900], ['narrow', 360, 740]]) {
      const locale = size === 'narrow' ? 'de-DE' : 'en-US';
      pageTest(`${colorScheme} ${size}`, { colorScheme, locale, viewport: { width, height } }, async (page) => {
        await open(page, '/people');
        for (const [name, path] of [['people', '/people'], ['person-new', '/people/new'], ['person', '/people/1'], ['profile', '/profile']]) {
          await page.goto(path);
          await rota.hydrated(page);
          assert.equal(await rota.layoutShift(page), 0, name);
          await looksRight(page, `${name}-${colorScheme}-${size}`);
        }
      });
    }
  }
});

test('a password that the program made up is changed before anything else', async () => {
  const fresh = await rota.startServer({ generated: true });
  const page = await rota.openPage(running.browser, fresh.url);
  try {
    await rota.visit(page, '/people');
    await rota.logIn(page, fresh.password);
    await page.getByRole('heading', { name: 'Choose a password of your own' }).waitFor();
    assert.deepEqual(await rota.axeViolations(page), []);
    await page.fill('#new-password', 'one of my own');
    await page.fill('#password-again', 'one of my own');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('heading', { name: 'People', level: 1 }).waitFor();
    page.problems = page.problems.filter((problem) => !problem.includes('401')); // Asking who is logged in: nobody.
    assert.deepEqual(page.problems, []);
  } catch (error) {
    await rota.screenshot(page, 'failed-first-password');
    throw error;
  } finally {
    await page.context().close();
    await fresh.stop();
  }
});
