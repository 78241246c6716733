// The overview and the API page in a real browser.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { looksRight, suite } from './suite.mjs';
import * as rota from './support.mjs';

const HOSTILE = '<img src=x onerror=alert(1)> hostile';

const { running, pageTest } = suite('overview');

async function open(page, path) {
  await rota.visit(page, path);
  await rota.logIn(page);
  await page.locator('main#content h1').waitFor();
}

const run = (id) => rota.runToEnd(running.url, id);

describe('the overview', () => {
  pageTest('says so when nothing ran and nothing will', {}, async (page) => {
    await open(page, '/overview');
    await page.getByText('Nothing runs in these 48 hours.').waitFor();
    assert.deepEqual(await rota.axeViolations(page), []);
  });

  pageTest('shows what ran and what will run, the worst first, hostile names as text', {}, async (page) => {
    const sleep = { task_module: 'sleep', task_params: { runtime: 0 } };
    const [{ task: quiet }, { task: bad }, { task: hostile }] = await rota.createTasks(running.url, [
      { ...sleep, description: 'A quiet one', schedules: rota.hourly() },
      { task_module: 'http_request', task_params: { url: 'http://127.0.0.1:1/' }, description: 'Z fails' },
      { ...sleep, description: HOSTILE },
    ]);
    for (const task of [quiet, bad, hostile]) await run(task._id);
    await open(page, '/overview');
    const rows = page.locator('.timeline-rows > li');
    await rows.first().waitFor();
    assert.deepEqual(await rows.evaluateAll((all) => all.map((row) => Number(row.dataset.task))), [bad._id, hostile._id, quiet._id]);
    assert.equal(await page.locator('main img').count(), 0);
    await page.getByText('66 %').waitFor();
    await page.getByText('2 of 3 runs').waitFor();
    assert.equal(await rows.nth(0).locator('.mark-error .sign').count(), 1);
    const planned = await rows.nth(2).locator('g.mark-planned').count();
    assert.ok(planned >= 23 && planned <= 25, `${planned} hours are planned`);
    assert.equal(await page.getByRole('link', { name: 'Z fails' }).first().getAttribute('href'), `/task/${bad._id}`);
    await page.getByText('As a table').click();
    const row = page.getByRole('row').filter({ hasText: 'Z fails' });
    assert.match(await row.textContent(), /failing/);
  });

  pageTest('follows what happens by itself, and keeps the focus', {}, async (page) => {
    await open(page, '/overview');
    await page.getByText('Updates by itself').waitFor();
    const link = page.locator('.timeline-rows .link').first();
    await link.focus();
    const [{ task }] = await rota.createTasks(running.url, [{ task_module: 'sleep', task_params: { runtime: 0 }, description: 'Zz new' }]);
    await run(task._id);
    await page.getByText('3 of 4 runs').waitFor();
    await page.getByRole('link', { name: 'Zz new' }).first().waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Z fails');
  });

  pageTest('comes with the first answer and does not move', {}, async (page) => {
    await open(page, '/overview');
    const plain = await rota.openPage(running.browser, running.url, { javaScriptEnabled: false });
    await plain.context().addCookies(await page.context().cookies());
    await plain.goto('/overview');
    assert.ok(await plain.locator('.timeline-rows > li').first().isVisible());
    await plain.context().close();
    await page.reload();
    await rota.hydrated(page);
    assert.equal(await rota.layoutShift(page), 0);
  });
});

describe('the API page', () => {
  pageTest('groups, searches, and gives a curl that works', { permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
    await page.goto('/api/docs');
    const article = page.locator('article#get-api-task');
    await article.waitFor();
    assert.ok((await page.locator('article').count()) > 30);
    await page.getByRole('searchbox').fill('user token delete');
    await page.getByText('1 operation', { exact: true }).waitFor();
    assert.deepEqual(await page.locator('article:visible').evaluateAll((all) => all.map((one) => one.id)), ['delete-api-user-id-token-tid-']);
    await page.getByRole('searchbox').fill('');
    await article.getByRole('button', { name: 'Copy' }).click();
    await article.getByText('Copied').waitFor();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(command, `curl -sS "${running.url}/api/task" \\\n  -H "Authorization: Bearer $TOKEN"`);
    const post = await page.locator('article#post-api-task pre').last().textContent();
    const sent = post.match(/-d '(.*)'$/s)[1].replaceAll("'\\''", "'");
    assert.ok(await rota.api(running.url, 'POST', '/task', JSON.parse(sent)));
    await page.locator('article#get-api-task-taskId-').getByText('Fields').first().waitFor({ state: 'attached' });
    await page.getByRole('link', { name: 'Back to the app' }).click();
    await page.getByLabel('User name').waitFor();
    page.problems.length = 0; // Nobody is logged in there.
  });

  for (const colorScheme of ['light', 'dark']) {
    for (const [size, width, locale] of [['wide', 1280, 'en-US'], ['narrow', 360, 'de-DE']]) {
      pageTest(`${colorScheme} ${size}`, { colorScheme, locale, viewport: { width, height: 800 } }, async (page) => {
        await page.goto('/api/docs');
        await page.locator('article').first().waitFor();
        const heading = locale === 'de-DE' ? 'REST-Schnittstelle' : 'REST API';
        await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
        await page.locator('article#patch-api-task-taskId- summary').first().click();
        await looksRight(page, `docs-${colorScheme}-${size}`);
      });
    }
  }
});

describe('the overview, both themes, wide and narrow', () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, width, locale] of [['wide', 1280, 'en-US'], ['narrow', 360, 'de-DE']]) {
      pageTest(`${colorScheme} ${size}`, { colorScheme, locale, viewport: { width, height: 800 } }, async (page) => {
        await open(page, '/overview');
        await page.locator('.timeline-rows > li').first().waitFor();
        await page.locator('.as-table summary').click();
        await looksRight(page, `overview-${colorScheme}-${size}`);
      });
    }
  }
});
