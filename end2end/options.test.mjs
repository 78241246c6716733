// A task's options: set in the editor, shown on its page and in the list.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { looksRight, suite } from './suite.mjs';
import * as rota from './support.mjs';

const HOSTILE = '<img src=x onerror=alert(1)>';
const FOR_GOOD = '9999-12-31T00:00:00.000Z';

const { running, pageTest } = suite('options');

const sleep = (description, more = {}) => ({ description, task_module: 'sleep', task_params: { runtime: 1 }, ...more });
const fails = (description, more = {}) => ({ description, task_module: 'shell_command', task_params: { program: 'false', arguments: [] }, ...more });
const nightly = { schedules: [{ hours: [3], minutes: [0], timezone: 'Europe/Berlin' }] };
const everything = {
  retry: { max_attempts: 4, backoff_sec: 120, factor: 3, max_backoff_sec: 7200 },
  overlap: 'queue',
  catch_up: 'all',
  catch_up_window_sec: 3600,
  jitter_sec: 90,
  tags: ['billing', 'night shift'],
  priority: 5,
  keep_runs: 20,
  keep_days: 30,
  notify_after: 3,
  notify_recovery: false,
  digest: true,
  webhooks: [{ url: 'https://example.org/hook', secret: 'signs', events: ['error'] }],
};

async function make(task) {
  const [{ task: made }] = await rota.createTasks(running.url, [task]);
  return made;
}

const read = async (id) => (await rota.api(running.url, 'GET', `/task/${id}`)).task;
const more = (page) => page.locator('details.more');
const row = (page, text) => page.getByRole('row').filter({ hasText: text });

async function open(page, path) {
  await rota.visitList(page);
  await rota.visit(page, path);
}

async function save(page, name = 'Save') {
  await page.getByRole('button', { name }).click();
  await page.waitForURL(/\/task\/\d+$/);
}

describe('the section "More"', () => {
  pageTest('is closed where nothing is set, and a new task needs none of it', {}, async (page) => {
    await open(page, '/task/new');
    await page.getByLabel('Also show modules').check();
    await page.getByRole('radio', { name: /^Sleep/ }).check();
    assert.equal(await more(page).getAttribute('open'), null);
    await more(page).getByText('Retries, pause, missed runs').waitFor();
    await page.getByLabel('Title').fill('Plain');
    await save(page, 'Create');
    const task = await read(new URL(page.url()).pathname.split('/').pop());
    for (const name of Object.keys(everything)) assert.ok(!(name in task), name);
  });

  pageTest('takes everything by keyboard, and says in one line what is set', {}, async (page) => {
    const { _id } = await make(sleep('Typed'));
    await open(page, `/task/${_id}/edit`);
    await more(page).locator('summary').focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Try again after a failure').focus();
    await page.keyboard.press('Space');
    await page.getByText('Tries again after 1 min, 2 min.').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('4');
    await page.getByText('Tries again after 1 min, 2 min, 4 min.').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('2');
    await page.getByText('Tries again after 2 min, 4 min, 8 min.').waitFor();
    await page.getByLabel('Then each time').selectOption('3');
    await page.getByLabel('Longest wait', { exact: true }).fill('2');
    await page.getByText('Tries again after 2 min, 6 min, 18 min.').waitFor({ timeout: 500 }).catch(() => {});
    await page.getByLabel('Longest wait: unit').selectOption('3600');
    await page.getByText('Tries again after 2 min, 6 min, 18 min.').waitFor();
    await page.getByLabel('While a run still takes').selectOption('queue');
    await page.getByLabel('When the server was off').selectOption('all');
    await page.getByLabel('Catch up within', { exact: true }).fill('60');
    await page.getByLabel('Start at random later, at most by', { exact: true }).fill('90');
    await page.getByLabel('Start at random later, at most by: unit').selectOption('1');
    await page.getByLabel('Tags').fill(' night shift, billing ,, billing');
    await page.getByLabel('Priority').selectOption('5');
    await page.getByLabel('Keep so many runs').fill('20');
    await page.getByLabel('Keep runs for so many days').fill('30');
    await page.getByLabel('Tell of problems from failure no.').fill('3');
    await page.getByLabel('Also tell when it works again').uncheck();
    await page.getByLabel('Sum up').check();
    await page.getByRole('button', { name: 'Add webhook' }).click();
    const hook = page.getByRole('group', { name: 'Webhook 1' });
    await hook.getByLabel('Address').fill('https://example.org/hook');
    await hook.getByLabel('Secret').fill('signs');
    await hook.getByLabel('fails').check();
    const said = await page.locator('.more-said').textContent();
    for (const part of ['up to 4 attempts', 'starts up to 1 min 30 s later', 'billing, night shift', 'priority high (+5)', 'keeps 20 runs', '1 webhook']) {
      assert.ok(said.replaceAll('\u00a0', ' ').includes(part), `${part} in ${said}`);
    }
    await save(page);
    const task = await read(_id);
    const wanted = { ...everything, webhooks: [{ ...everything.webhooks[0], secret: { _secret: true } }] };
    for (const [name, value] of Object.entries(wanted)) assert.deepEqual(task[name], value, name);
  });

  pageTest('is open where something is set; what is put back to its default is', {}, async (page) => {
    const { _id } = await make(sleep('Reset', everything));
    await open(page, `/task/${_id}/edit`);
    assert.notEqual(await more(page).getAttribute('open'), null);
    const hook = page.getByRole('group', { name: 'Webhook 1' });
    await hook.getByText('stored, stays unchanged').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('There is nothing to save.').waitFor();
    await page.getByLabel('Try again after a failure').uncheck();
    await page.getByLabel('While a run still takes').selectOption('skip');
    await page.getByLabel('When the server was off').selectOption('one');
    await page.getByLabel('Catch up within', { exact: true }).fill('');
    await page.getByLabel('Start at random later, at most by', { exact: true }).fill('0');
    await page.getByLabel('Tags').fill('');
    await page.getByLabel('Priority').selectOption('0');
    await page.getByLabel('Keep so many runs').fill('');
    await page.getByLabel('Keep runs for so many days').fill('');
    await page.getByLabel('Tell of problems from failure no.').fill('');
    await page.getByLabel('Also tell when it works again').check();
    await page.getByLabel('Sum up').uncheck();
    await hook.getByRole('button', { name: 'Remove webhook' }).click();
    await more(page).getByText('Retries, pause, missed runs').waitFor();
    await save(page);
    const task = await read(_id);
    for (const name of Object.keys(everything)) assert.ok(!(name in task), name);
  });

  pageTest('a secret stays with its webhook, and a copy has none', {}, async (page) => {
    const { _id } = await make(sleep('Signed', { webhooks: everything.webhooks }));
    await open(page, `/task/${_id}/edit`);
    await page.getByRole('group', { name: 'Webhook 1' }).getByLabel('succeeds', { exact: true }).check();
    await save(page);
    assert.deepEqual((await read(_id)).webhooks, [{ url: 'https://example.org/hook', secret: { _secret: true }, events: ['done', 'error'] }]);
    await rota.visit(page, `/task/new?from=${_id}`);
    assert.equal(await page.getByRole('group', { name: 'Webhook 1' }).getByLabel('Secret').inputValue(), '');
  });

  pageTest('what the server refuses stands at its field, in an open section', {}, async (page) => {
    const { _id } = await make(sleep('Refused'));
    await open(page, `/task/${_id}/edit`);
    await more(page).locator('summary').click();
    await page.getByLabel('Try again after a failure').check();
    for (const [label, value, text] of [['Attempts in all', '500', 'from 2 to 100'], ['Attempts in all', 'many', 'number'], ['First wait', 'soon', 'number'], ['Keep so many runs', '0', 'from 1 to']]) {
      const field = page.getByLabel(label, { exact: true });
      const before = await field.inputValue();
      await field.fill(value);
      await more(page).locator('summary').click();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.locator('.param', { has: field }).locator('.wrong', { hasText: text }).waitFor();
      assert.equal(await field.getAttribute('aria-invalid'), 'true', label);
      await page.waitForFunction((id) => document.activeElement.id === id, await field.getAttribute('id'));
      await field.fill(before);
    }
    await page.getByRole('button', { name: 'Add webhook' }).click();
    await page.getByRole('button', { name: 'Add webhook' }).click();
    await page.getByRole('group', { name: 'Webhook 1' }).getByLabel('Address').fill('https://example.org/');
    await page.getByRole('group', { name: 'Webhook 2' }).getByLabel('Address').fill('nowhere');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('group', { name: 'Webhook 2' }).getByText('must be an address').waitFor();
    assert.deepEqual(await rota.axeViolations(page), []);
    page.problems.length = 0; // The browser logs the 400s.
  });

  pageTest('a conflict shows options, too', {}, async (page) => {
    const { _id } = await make(sleep('Contested'));
    await open(page, `/task/${_id}/edit`);
    await more(page).locator('summary').click();
    await page.getByLabel('Tags').fill('mine');
    await rota.api(running.url, 'PATCH', `/task/${_id}`, { task: { version: 2, tags: ['theirs'] } });
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('row', { name: 'tags' }).getByText('theirs').waitFor();
    assert.equal(await dialog.locator('tbody tr').count(), 1);
    page.problems.length = 0; // The browser logs the 400.
    await dialog.getByRole('button', { name: 'Save mine' }).click();
    await page.waitForURL(/\/task\/\d+$/);
    assert.deepEqual((await read(_id)).tags, ['mine']);
  });
});

describe('a pause', () => {
  pageTest('ends at a time in the zone of the person', {}, async (page) => {
    const { _id } = await make(sleep('Pauses', nightly));
    await open(page, `/task/${_id}/edit`);
    await more(page).locator('summary').click();
    await page.getByLabel('Pause', { exact: true }).selectOption('until');
    await page.getByRole('button', { name: 'Save' }).click();
    await more(page).getByText('must be a date and a time').waitFor();
    await page.getByLabel('End of the pause').fill('2031-07-01T12:00');
    await save(page);
    assert.equal((await read(_id)).paused_until, '2031-07-01T10:00:00.000Z');
    await page.getByText('Paused until Jul 1, 2031, 12:00').waitFor();
    await page.getByText('Wed, Jul 2, 2031, 03:00').waitFor();
    await rota.visit(page, `/task/${_id}/edit`);
    assert.equal(await page.getByLabel('End of the pause').inputValue(), '2031-07-01T12:00');
    await page.getByText('The task is paused (see “More”)').waitFor();
    await page.getByLabel('Pause', { exact: true }).selectOption('no');
    await save(page);
    const task = await read(_id);
    assert.ok(!('paused_until' in task) && Date.parse(task.next_run_at) < Date.now() + 2 * 86_400_000, task.next_run_at);
  });

  pageTest('until further notice is one click away, and so is its end', {}, async (page) => {
    // At the end of days none of its instants is left.
    const { _id } = await make(sleep('Held for good', { schedules: [{ weekdays: ['monday'], hours: [3], minutes: [0] }] }));
    await open(page, `/task/${_id}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused: the task does not start by itself').waitFor();
    assert.equal((await read(_id)).paused_until, FOR_GOOD);
    assert.equal(await page.getByText('9999').count(), 0);
    await rota.visit(page, '/');
    await row(page, 'Held for good').getByText('paused', { exact: true }).waitFor();
    assert.equal(await page.getByText('9999').count(), 0);
    await rota.visit(page, `/task/${_id}/edit`);
    assert.equal(await page.getByLabel('Pause', { exact: true }).inputValue(), 'for-good');
    await rota.visit(page, `/task/${_id}`);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Paused: the task does not').waitFor({ state: 'detached' });
    const resumed = await rota.until(() => read(_id), (task) => !('paused_until' in task));
    assert.ok(Date.parse(resumed.next_run_at) < Date.now() + 8 * 86_400_000, resumed.next_run_at);
    // The editor plans again, too.
    await rota.api(running.url, 'PATCH', `/task/${_id}`, { task: { version: resumed.version + 1, paused_until: FOR_GOOD } });
    await rota.visit(page, `/task/${_id}/edit`);
    await page.getByLabel('Pause', { exact: true }).selectOption('no');
    await save(page);
    assert.equal((await read(_id)).next_run_at, resumed.next_run_at);
  });
});

describe('attempts', () => {
  pageTest('the page says when it tries again, cancels that, and counts attempts', {}, async (page) => {
    const retry = { max_attempts: 3, backoff_sec: 2, factor: 1, max_backoff_sec: 3600 };
    const quick = await make(fails('Fails twice', { retry }));
    const slow = await make(fails('Fails slowly', { retry: { ...retry, backoff_sec: 3600 } }));
    for (const { _id } of [quick, slow]) await rota.api(running.url, 'POST', `/task/${_id}/run`);
    await open(page, `/task/${slow._id}`);
    await page.getByText(/Tries again in (59|60)\smin.*attempt 2 of 3|Tries again in 1\sh.*attempt 2 of 3/).waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText('Tries again').waitFor({ state: 'hidden' });
    await page.getByText('Canceled').first().waitFor();
    assert.ok(!(await read(slow._id)).retry_at);
    await rota.until(async () => rota.api(running.url, 'GET', `/task/${quick._id}/run`), (runs) => runs.length === 3);
    await rota.visit(page, `/task/${quick._id}`);
    await page.getByRole('row', { name: /retry/ }).getByText('attempt 3').waitFor();
    await page.getByText('up to 3 attempts, after 2 s, 2 s').waitFor();
  });
});

describe('tags', () => {
  pageTest('are ways from the list and the task to all that have them', {}, async (page) => {
    const { _id } = await make(sleep('Tagged', { tags: ['alpha beta', HOSTILE, 'c', 'd', 'e', 'f'] }));
    await make(sleep('Tagged, too', { tags: ['alpha beta'] }));
    await rota.visitList(page);
    const line = row(page, '+2');
    assert.equal(await line.locator('a.tag').count(), 4);
    assert.equal(await page.locator('main img').count(), 0);
    await line.getByRole('link', { name: 'alpha beta' }).click();
    await page.waitForURL('**/?tag=alpha%20beta');
    await row(page, 'Tagged, too').waitFor();
    await row(page, 'Held for good').waitFor({ state: 'detached' });
    assert.equal(await page.locator('tbody tr').count(), 2);
    const field = page.getByRole('searchbox', { name: 'Tag' });
    assert.equal(await field.inputValue(), 'alpha beta');
    await field.fill('c');
    await page.waitForURL('**/?tag=c');
    await row(page, 'Tagged, too').waitFor({ state: 'detached' });
    await page.reload();
    assert.equal(await page.locator('tbody tr').count(), 1);
    await rota.hydrated(page);
    await page.getByRole('link', { name: 'Clear filters' }).click();
    await row(page, 'Tagged, too').waitFor();
    await rota.visit(page, `/task/${_id}`);
    await page.locator('.fact').getByRole('link', { name: 'alpha beta' }).click();
    await page.waitForURL('**/?tag=alpha%20beta');
  });
});

describe('the look', () => {
  for (const [colorScheme, width, locale] of [['light', 1280, 'en-US'], ['dark', 360, 'de-DE'], ['dark', 1280, 'de-DE'], ['light', 360, 'en-US']]) {
    pageTest(`${colorScheme} ${width}`, { colorScheme, locale, viewport: { width, height: 900 } }, async (page) => {
      const long = 'a-tag-that-is-as-long-as-a-tag-may-be-which-is-sixty-four-letter';
      const paused = { paused_until: '2031-07-01T10:00:00Z' };
      const { _id } = await make(fails('Looks', { ...nightly, ...everything, tags: [...everything.tags, long] }));
      await make(sleep('Rests', { ...nightly, ...paused, tags: ['billing'] }));
      await make(sleep('Rests for good', { ...nightly, paused_until: FOR_GOOD }));
      await rota.api(running.url, 'POST', `/task/${_id}/run`);
      await rota.until(() => read(_id), (task) => task.retry_at);
      await rota.visitList(page, '/');
      await looksRight(page, `options-list-${colorScheme}-${width}`);
      await rota.visit(page, `/task/${_id}`);
      await looksRight(page, `options-task-${colorScheme}-${width}`);
      await rota.visit(page, `/task/${_id}/edit`);
      await more(page).locator('summary').evaluate((summary) => summary.scrollIntoView());
      await looksRight(page, `options-editor-${colorScheme}-${width}`);
      await page.locator('#webhooks-label').evaluate((label) => label.scrollIntoView());
      await rota.screenshot(page, `options-webhooks-${colorScheme}-${width}`);
    });
  }
});
