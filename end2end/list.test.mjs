// The task list at work: live, filters, sorting, selection, keyboard, columns.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { suite } from './suite.mjs';
import * as rota from './support.mjs';

const { running, pageTest } = suite('list');

const sleep = (description, runtime = 1, more = {}) => ({ description, task_module: 'sleep', task_params: { runtime }, ...more });
const row = (page, text) => page.getByRole('row').filter({ hasText: text });

describe('live', () => {
  pageTest('a run shows from start to end without a reload, and leaves a mark in the last runs', {}, async (page) => {
    await rota.createTasks(running.url, [sleep('Runs for two seconds', 2)]);
    await rota.visitList(page);
    const line = row(page, 'Runs for two seconds');
    await line.locator('.spark[aria-label="no runs yet"]').waitFor();
    await line.getByRole('button', { name: 'Run now' }).click();
    await line.getByText('Running').waitFor();
    await line.getByRole('progressbar').waitFor();
    await line.getByText('Done', { exact: true }).waitFor();
    await line.locator('.spark[aria-label="1 done, 0 with errors, 0 canceled"]').waitFor();
    await line.getByRole('button', { name: 'Run now' }).waitFor();
  });

  pageTest('a task that somebody else makes is announced, and shown when asked for', {}, async (page) => {
    await rota.visitList(page);
    await row(page, 'Runs for two seconds').waitFor();
    await rota.live(page);
    const top = (await row(page, 'Runs for two seconds').boundingBox()).y;
    await rota.createTasks(running.url, [sleep('Made elsewhere')]);
    await page.getByText('One new task.').waitFor();
    assert.equal((await row(page, 'Runs for two seconds').boundingBox()).y, top, 'nothing moved');
    await page.getByRole('button', { name: 'Show' }).click();
    await row(page, 'Made elsewhere').waitFor();
  });

  pageTest('a change and a deletion elsewhere are seen', {}, async (page) => {
    const [{ task }] = await rota.createTasks(running.url, [sleep('Soon renamed')]);
    await rota.visitList(page);
    await row(page, 'Soon renamed').waitFor();
    await rota.live(page);
    await rota.api(running.url, 'PATCH', `/task/${task._id}`, { task: { version: 2, description: 'Renamed now' } });
    await row(page, 'Renamed now').waitFor();
    await rota.api(running.url, 'DELETE', `/task/${task._id}`);
    await row(page, 'Renamed now').getByText('Deleted').waitFor();
  });

  pageTest('a page that does not arrive says so, and comes when it can', {}, async (page) => {
    await rota.visitList(page);
    await page.route('**/pkg/split_editor.wasm*', (route) => route.abort());
    await page.getByRole('link', { name: 'New task' }).first().click();
    await page.getByText('The page could not be loaded.').waitFor();
    await page.unroute('**/pkg/split_editor.wasm*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'New task' }).waitFor();
    page.problems.length = 0; // The browser logs what it could not load.
  });

  pageTest('a broken connection is told, and mends itself', {}, async (page) => {
    await rota.visitList(page);
    await row(page, 'Made elsewhere').waitFor();
    await page.context().setOffline(true);
    await page.evaluate(() => 0);
    await page.context().setOffline(false);
    page.problems = page.problems.filter((p) => !p.includes('ERR_INTERNET_DISCONNECTED'));
    await rota.createTasks(running.url, [sleep('Made after the break')]);
    await page.getByText(/new task/).waitFor();
  });
});

describe('filters and order', () => {
  pageTest('search as one types, kept in the address', {}, async (page) => {
    await rota.visitList(page);
    await row(page, 'Made elsewhere').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('elsewhere');
    await page.waitForURL('**/?q=elsewhere');
    await row(page, 'Made elsewhere').waitFor();
    await row(page, 'Runs for two seconds').waitFor({ state: 'detached' });
    await page.reload();
    assert.equal(await page.getByRole('searchbox', { name: 'Search' }).inputValue(), 'elsewhere');
    assert.equal(await page.locator('tbody tr').count(), 1);
    await rota.hydrated(page);
    await page.getByRole('link', { name: 'Clear filters' }).click();
    await row(page, 'Runs for two seconds').waitFor();
  });

  pageTest('works as a form without JavaScript', {}, async (page) => {
    await rota.visitList(page);
    const cookies = await page.context().cookies();
    const plain = await rota.openPage(running.browser, running.url, { javaScriptEnabled: false });
    await plain.context().addCookies(cookies);
    await plain.goto('/');
    await plain.getByRole('searchbox', { name: 'Search' }).fill('elsewhere');
    await plain.getByRole('button', { name: 'Apply' }).click();
    assert.match(plain.url(), /q=elsewhere/);
    assert.equal(await plain.locator('tbody tr').count(), 1);
    await plain.context().close();
  });

  pageTest('by status, module and owner', {}, async (page) => {
    await rota.visitList(page);
    await page.locator('select[name=status]').selectOption('done');
    await page.waitForURL('**/?status=done');
    await row(page, 'Runs for two seconds').waitFor();
    await row(page, 'Made elsewhere').waitFor({ state: 'detached' });
    await page.locator('select[name=module]').selectOption('http_request');
    await page.getByRole('heading', { name: 'No task matches the filters' }).waitFor();
    await page.locator('select[name=module]').selectOption('');
    await page.getByLabel('Owner').selectOption('me');
    await row(page, 'Runs for two seconds').waitFor();
    assert.match(page.url(), /status=done&owner=me/);
  });

  pageTest('a head sorts, and says so', {}, async (page) => {
    await rota.visitList(page);
    await page.getByRole('columnheader', { name: 'Task' }).getByRole('link').click();
    await page.waitForURL('**/?sort=description&order=asc');
    await page.locator('th[aria-sort=ascending]').waitFor();
    const names = await page.locator('.task-link').allTextContents();
    assert.deepEqual(names, names.toSorted());
  });
});

describe('actions', () => {
  pageTest('on several tasks at once, and what became of them', {}, async (page) => {
    await rota.createTasks(running.url, [sleep('Bulk one', 60), sleep('Bulk two', 60), sleep('Bulk three', 60)]);
    await rota.visitList(page, '/?q=Bulk');
    if (!page.url().includes('q=Bulk')) await rota.visit(page, '/?q=Bulk');
    await row(page, 'Bulk three').waitFor();
    await page.getByLabel('Select all').check();
    await page.getByText('3 selected').waitFor();
    const bar = page.getByRole('region', { name: 'Actions for the selection' });
    await bar.getByRole('button', { name: 'Run now' }).click();
    await page.getByText('Done: 3.').waitFor();
    await page.getByRole('row').getByText('Running').nth(2).waitFor();
    await rota.screenshot(page, 'list-bulk');
    assert.deepEqual(await rota.axeViolations(page), []);
    await bar.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('row').getByText('Canceled').nth(2).waitFor();
    await bar.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Delete 3 tasks?' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Keep');
    assert.deepEqual(await rota.axeViolations(page), []);
    await page.keyboard.press('Enter');
    assert.equal((await rota.api(running.url, 'GET', '/task?q=Bulk')).length, 3, 'kept');
    await bar.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('row').getByText('Deleted').nth(2).waitFor();
    assert.equal((await rota.api(running.url, 'GET', '/task?q=Bulk')).length, 0, 'gone');
  });

  pageTest('pause keeps the schedules, resume plans the next run', {}, async (page) => {
    const [{ task }] = await rota.createTasks(running.url, [sleep('Held at times', 1, { schedules: [{ hours: [3], minutes: [0] }] })]);
    await rota.visitList(page);
    const line = row(page, 'Held at times');
    await line.getByLabel('More').click();
    await line.getByRole('button', { name: 'Pause' }).click();
    await line.getByText('paused').waitFor();
    const paused = (await rota.api(running.url, 'GET', `/task/${task._id}`)).task;
    assert.deepEqual([paused.paused_until, paused.schedules.length], ['9999-12-31T00:00:00.000Z', 1]);
    await line.getByRole('button', { name: 'Resume' }).click();
    await line.getByText('paused').waitFor({ state: 'detached' });
    assert.equal((await rota.api(running.url, 'GET', `/task/${task._id}`)).task.next_run_at, task.next_run_at);
  });

  pageTest('by keyboard alone', {}, async (page) => {
    await rota.visitList(page);
    await row(page, 'Held at times').waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const second = await page.evaluate(() => document.activeElement.closest('tr').dataset.task);
    await page.keyboard.press('k');
    const first = await page.evaluate(() => document.activeElement.closest('tr').dataset.task);
    assert.ok(Number(first) > Number(second));
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('r');
    await page.locator(`[data-task="${first}"]`).getByText('Done', { exact: true }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
    assert.deepEqual(await rota.axeViolations(page), []);
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor({ state: 'hidden' });
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/task/${first}`);
  });

  pageTest('columns are chosen, and the choice stays', {}, async (page) => {
    await rota.visitList(page);
    assert.equal(await page.locator('td.cell-created').first().isVisible(), false);
    await page.getByText('Columns').click();
    const saved = page.waitForResponse((answer) => answer.request().method() === 'PATCH' && answer.ok());
    await page.getByLabel('Created', { exact: true }).check();
    await saved;
    assert.ok(await page.locator('td.cell-created').first().isVisible());
    await page.reload();
    assert.ok(await page.locator('td.cell-created').first().isVisible(), 'in the first paint');
    await rota.hydrated(page);
  });
});
