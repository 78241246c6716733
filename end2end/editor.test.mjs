// The editor and its schedule builder.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { looksRight, suite } from './suite.mjs';
import * as rota from './support.mjs';

const HOSTILE = '<img src=x onerror=alert(1)> & "quotes"';

const { running, pageTest } = suite('editor');

async function open(page, path) {
  await rota.visitList(page);
  await rota.visit(page, path);
}

const newest = async () => (await rota.api(running.url, 'GET', '/task?limit=1'))[0].task;
const saved = (page) => page.waitForURL(/\/task\/\d+$/);

describe('a new task', () => {
  pageTest('on a schedule, by keyboard alone', {}, async (page) => {
    await rota.visitList(page);
    await page.getByRole('heading', { name: 'Create your first task' }).waitFor();
    await page.getByRole('link', { name: 'New task' }).first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'New task' }).waitFor();
    await page.getByRole('searchbox').focus();
    await page.keyboard.type('request');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.getByLabel('Title').focus();
    await page.keyboard.type(HOSTILE);
    await page.getByRole('textbox', { name: /^URL/ }).focus();
    await page.keyboard.type('https://example.org/export');
    await page.getByRole('radio', { name: 'Not by itself' }).focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowDown');
    await page.locator('[data-summary]', { hasText: 'Every day at 08:00' }).waitFor();
    await page.getByRole('button', { name: 'weekly' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-summary]', { hasText: 'Monday' }).waitFor();
    await page.getByRole('button', { name: 'Create' }).focus();
    await page.keyboard.press('Enter');
    await saved(page);
    await page.getByRole('heading', { level: 1, name: '<img src=x' }).waitFor();
    const task = await newest();
    assert.equal(task.description, HOSTILE);
    assert.deepEqual(task.schedules, [{ weekdays: ['monday'], hours: [8], minutes: [0], timezone: 'Europe/Berlin' }]);
    assert.ok(task.next_run_at);
  });

  pageTest('times are times: 08:30 and 11:00 are no other times', {}, async (page) => {
    await open(page, '/task/new');
    await page.getByRole('radio', { name: /HTTP request/ }).check();
    await page.getByRole('textbox', { name: /^URL/ }).fill('https://example.org/');
    await page.getByRole('radio', { name: 'On a schedule' }).check();
    await page.getByLabel('Time', { exact: true }).first().fill('08:30');
    await page.getByRole('button', { name: 'Time', exact: true }).click();
    await page.getByLabel('Time', { exact: true }).nth(1).fill('11:00');
    await page.locator('[data-summary]', { hasText: '11:00' }).waitFor();
    assert.equal(await page.getByRole('table', { name: 'Next runs' }).getByRole('row').count(), 10);
    await rota.screenshot(page, 'editor-schedule');
    await page.getByRole('button', { name: 'Create' }).click();
    await saved(page);
    const task = await newest();
    assert.deepEqual(task.schedules.map((s) => [s.hours, s.minutes]), [[[8], [30]], [[11], [0]]]);
    await rota.visit(page, `/task/${task._id}/edit`);
    const times = await page.getByLabel('Time', { exact: true }).evaluateAll((all) => all.map((input) => input.value));
    assert.deepEqual(times, ['08:30', '11:00']);
  });

  pageTest('a cron line becomes rules, or says why it cannot', {}, async (page) => {
    await open(page, '/task/new');
    await page.getByRole('radio', { name: /HTTP request/ }).check();
    await page.getByRole('radio', { name: 'On a schedule' }).check();
    await page.getByLabel('From a cron line').fill('0 0 15W * *');
    await page.getByRole('button', { name: 'Use' }).click();
    await page.getByText('nearest to a date').waitFor();
    page.problems.length = 0; // The browser logs the 400.
    await page.getByLabel('From a cron line').fill('15 6 * * 1-5');
    await page.getByRole('button', { name: 'Use' }).click();
    await page.locator('[data-summary]', { hasText: '06:15' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Fri', pressed: true }).count(), 1);
  });

  pageTest('now, and once', {}, async (page) => {
    await open(page, '/task/new');
    await page.getByLabel('Also show modules').check();
    await page.getByRole('radio', { name: /^Sleep/ }).check();
    await page.getByLabel('Title').fill('Sleeps at once');
    await page.getByRole('radio', { name: 'Now' }).check();
    await page.getByRole('button', { name: 'Create' }).click();
    await saved(page);
    await page.getByText('Running', { exact: true }).or(page.getByText('Done', { exact: true })).first().waitFor();
    await rota.visit(page, `/task/new?from=${(await newest())._id}`);
    assert.equal(await page.getByLabel('Title').inputValue(), 'Sleeps at once');
    await page.getByRole('radio', { name: 'Once at' }).check();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('must be a date and a time').waitFor();
    await page.getByLabel('Date and time').fill('2031-05-06T07:08');
    await page.getByRole('button', { name: 'Create' }).click();
    await saved(page);
    assert.equal((await newest()).next_run_at, '2031-05-06T05:08:00.000Z', 'the viewer is in Berlin');
  });

  pageTest('what is missing is named at its field, before the server is asked', {}, async (page) => {
    await open(page, '/task/new');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('must be chosen').waitFor();
    await page.getByRole('radio', { name: /HTTP request/ }).check();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('is required').waitFor();
    assert.equal(await page.getByRole('textbox', { name: /^URL/ }).getAttribute('aria-invalid'), 'true');
    await page.waitForFunction(() => document.activeElement.id.endsWith('url'));
    assert.ok(!page.apiCalls.includes('PUT /api/task'));
  });
});

describe('parameters', () => {
  pageTest('every kind that the modules have is saved and read back', {}, async (page) => {
    await open(page, '/task/new');
    await page.getByRole('radio', { name: /HTTP request/ }).check();
    await page.getByRole('textbox', { name: /^URL/ }).fill('https://example.org/api');
    await page.getByLabel('Method').selectOption('POST');
    await page.getByRole('textbox', { name: 'Body' }).fill('{"a":\n1}');
    await page.getByRole('textbox', { name: 'Bearer token' }).fill('a secret of the test');
    await page.getByRole('button', { name: 'Add row' }).click();
    const row = page.locator('.table-row').first();
    await row.getByRole('textbox').nth(0).fill('X-Test');
    await row.getByRole('textbox').nth(1).fill(HOSTILE);
    await page.getByRole('button', { name: 'Add recipient' }).click();
    await page.getByLabel('E-mail address').fill('ops@example.org');
    await page.getByRole('button', { name: 'Create' }).click();
    await saved(page);
    const task = await newest();
    assert.equal(task.task_params.method, 'POST');
    assert.equal(task.task_params.body, '{"a":\n1}');
    assert.deepEqual(task.email.recipients, [{ email: 'ops@example.org', problems_only: true }]);
    assert.equal(Object.values(task.task_params.headers[0])[1], HOSTILE);
    assert.ok(!(await page.content()).includes('a secret of the test'));
    await rota.visit(page, `/task/${task._id}/edit`);
    await page.getByText('stored, stays unchanged').waitFor();
    await page.getByLabel('Title').fill('With a secret');
    await page.getByRole('button', { name: 'Save' }).click();
    await saved(page);
    const after = (await rota.api(running.url, 'GET', `/task/${task._id}`)).task;
    assert.deepEqual([after.version, after.description, after.task_params], [2, 'With a secret', task.task_params]);
  });

  pageTest('a list of arguments is one a line', {}, async (page) => {
    await open(page, '/task/new');
    await page.getByRole('radio', { name: /^Program/ }).check();
    await page.getByLabel('Program').last().fill('echo');
    await page.getByLabel('Arguments').fill('one two\nthree');
    await page.getByRole('button', { name: 'Create' }).click();
    await saved(page);
    assert.deepEqual((await newest()).task_params.arguments, ['one two', 'three']);
  });
});

describe('nothing is lost', () => {
  pageTest('when somebody else saved meanwhile, both are shown', {}, async (page) => {
    const [{ task }] = await rota.createTasks(running.url, [{ description: 'Contested', task_module: 'sleep', task_params: { runtime: 1 } }]);
    await open(page, `/task/${task._id}/edit`);
    await page.getByLabel('Title').fill('Mine');
    await rota.api(running.url, 'PATCH', `/task/${task._id}`, { task: { version: 2, description: 'Theirs' } });
    await page.getByRole('button', { name: 'Save' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Theirs').last().waitFor();
    assert.ok(await dialog.getByRole('cell', { name: 'Mine' }).isVisible());
    assert.deepEqual(await rota.axeViolations(page), []);
    page.problems.length = 0; // The browser logs the 400.
    await dialog.getByRole('button', { name: 'Save mine' }).click();
    await saved(page);
    const after = (await rota.api(running.url, 'GET', `/task/${task._id}`)).task;
    assert.deepEqual([after.version, after.description], [3, 'Mine']);
  });

  pageTest('when one leaves with changes, one is asked', {}, async (page) => {
    await open(page, '/task/new');
    await page.getByRole('radio', { name: /HTTP request/ }).check();
    await page.getByLabel('Title').fill('Half done');
    let asked = 0;
    page.on('dialog', async (dialog) => {
      asked += 1;
      await (asked === 1 ? dialog.dismiss() : dialog.accept());
    });
    await page.getByRole('link', { name: 'Tasks' }).click();
    assert.match(page.url(), /\/task\/new$/);
    assert.equal(await page.getByLabel('Title').inputValue(), 'Half done');
    await page.getByRole('link', { name: 'Tasks' }).click();
    await page.waitForURL((url) => url.pathname === '/');
    assert.equal(asked, 2);
  });
});

describe('the look', () => {
  for (const [colorScheme, width, locale] of [['light', 1280, 'en-US'], ['dark', 360, 'de-DE'], ['dark', 1280, 'en-US'], ['light', 360, 'de-DE']]) {
    pageTest(`${colorScheme} ${width}`, { colorScheme, locale, viewport: { width, height: 900 } }, async (page) => {
      await open(page, '/task/new');
      await page.locator('.module input').first().check();
      await page.locator('input[name=when]').last().check();
      await page.locator('[data-summary]').waitFor();
      await page.locator('.rule select').first().selectOption('3');
      await looksRight(page, `editor-${colorScheme}-${width}`);
    });
  }
});
