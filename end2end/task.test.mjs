// The page of a task, and the log viewer.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { looksRight, suite } from './suite.mjs';
import * as rota from './support.mjs';

const HOSTILE = '<img src=x onerror=alert(1)>';

const { running, pageTest } = suite('task', { modules: true });

async function make(task) {
  const [{ task: made }] = await rota.createTasks(running.url, [task]);
  return made._id;
}

async function open(page, path) {
  await rota.visitList(page);
  await rota.visit(page, path);
}

const ran = (id) => rota.runToEnd(running.url, id);

const shell = (script, description = 'A script') => ({
  description,
  task_module: 'shell_command',
  task_params: { program: 'sh', arguments: ['-c', script] },
});

describe('a program as a module', () => {
  pageTest('what depends on something is asked for only then, and texts match their patterns', {}, async (page) => {
    await open(page, '/task/new');
    await page.getByRole('radio', { name: /^Disk space/ }).check();
    // The card of another module speaks of folders, too.
    const folder = page.getByRole('textbox', { name: /^Folder/ });
    const limit = page.getByLabel('Limit in percent');
    await limit.fill('');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.locator('.param', { has: limit }).getByText('is required').waitFor();
    await page.getByLabel('Fail when it is too full').uncheck();
    await limit.waitFor({ state: 'hidden' });
    await folder.fill('tmp');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.locator('.param', { has: folder }).getByText('does not match the pattern /.*').waitFor();
    page.problems.length = 0; // The browser logs the 400.
    await folder.fill('/tmp');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(/\/task\/\d+$/);
    const [{ task }] = await rota.api(running.url, 'GET', '/task?limit=1');
    assert.deepEqual(task.task_params, { path: '/tmp', enforce: false, limit: null });
  });
});

describe('the page of a task', () => {
  pageTest('a run from start to end, live', {}, async (page) => {
    const id = await make({ description: `Sleeps ${HOSTILE}`, task_module: 'sleep', task_params: { runtime: 2 } });
    await open(page, `/task/${id}`);
    await page.getByText('No runs yet.').waitFor();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByText('Running').first().waitFor();
    await page.getByRole('progressbar').waitFor();
    await page.getByText('Done', { exact: true }).first().waitFor();
    await page.getByText('2 of 2 s').waitFor();
    await page.getByRole('rowheader', { name: '#' }).waitFor();
    assert.equal(await page.locator('h1 img').count(), 0);
    const chart = page.getByRole('slider', { name: 'Duration of the last runs' });
    await chart.focus();
    await page.keyboard.press('Home');
    assert.match(await chart.getAttribute('aria-valuetext'), /Done/);
  });

  pageTest('cancel', {}, async (page) => {
    const id = await make({ description: 'Long', task_module: 'sleep', task_params: { runtime: 600 } });
    await open(page, `/task/${id}`);
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByText('Canceled').first().waitFor();
  });

  pageTest('schedule in words; pause and resume', {}, async (page) => {
    const id = await make({ ...shell('true', 'Nightly'), schedules: [{ hours: [3], minutes: [0], timezone: 'Europe/Berlin' }] });
    await open(page, `/task/${id}`);
    await page.getByText('Every day at 03:00, Berlin time').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused: the task does not start').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Paused: the task does not start').waitFor({ state: 'detached' });
    const { task } = await rota.api(running.url, 'GET', `/task/${id}`);
    assert.ok(task.next_run_at && task.version === 3);
  });

  pageTest('delete, after a question', {}, async (page) => {
    const id = await make(shell('true', 'Doomed'));
    await open(page, `/task/${id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep' }).click();
    await rota.api(running.url, 'GET', `/task/${id}`);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL((url) => url.pathname === '/');
    const gone = await page.goto(`/task/${id}`);
    assert.equal(gone.status(), 404);
    await page.getByRole('heading', { name: 'There is no such task.' }).last().waitFor();
    await rota.hydrated(page);
    page.problems.length = 0; // The browser logs the 404s.
  });

  pageTest('pin, colour and range of the chart are kept with the task, beside what others keep', {}, async (page) => {
    const id = await make({ ...shell('true', 'Marked'), frontend_prefs: { other: { n: 1.5 }, rota: { future: [1] } } });
    for (let i = 0; i < 3; i++) await ran(id);
    await open(page, `/task/${id}`);
    const second = await page.context().newPage();
    await rota.visit(second, `/task/${id}`);
    await page.getByLabel('More').click();
    await page.getByRole('button', { name: 'Pin to the top' }).click();
    await page.getByRole('button', { name: 'violet' }).click();
    // The other tab knows the old version of the task, and does not undo what this one chose.
    await second.getByLabel('Runs in the chart').selectOption('15');
    const kept = async () => (await rota.api(running.url, 'GET', `/task/${id}`)).task.frontend_prefs;
    const wanted = { other: { n: 1.5 }, rota: { future: [1], pinned: true, colour: 'violet', chart_range: 15 } };
    assert.deepEqual(await rota.until(kept, (prefs) => Object.keys(prefs.rota).length === 4), wanted);
    await make(shell('true', 'Made later'));
    await rota.visit(page, '/');
    const first = page.locator('tbody tr').first();
    await first.getByRole('img', { name: 'pinned' }).waitFor();
    await first.getByRole('img', { name: 'violet' }).waitFor();
    await rota.visit(page, `/task/${id}`);
    assert.equal(await page.getByLabel('Runs in the chart').inputValue(), '15');
  });

  pageTest('run with other parameters', {}, async (page) => {
    const id = await make(shell('true', 'As it was'));
    await open(page, `/task/${id}`);
    await page.getByLabel('More').click();
    await page.getByRole('link', { name: 'Run with other parameters' }).click();
    assert.equal(await page.getByRole('textbox', { name: 'Title' }).inputValue(), 'As it was');
    assert.ok(await page.getByRole('radio', { name: 'Now' }).isChecked());
  });

  pageTest('a lost connection is told, and mends itself', {}, async (page) => {
    const id = await make(shell('true', 'Far away'));
    await open(page, `/task/${id}`);
    await page.context().setOffline(true);
    await page.getByText('No connection to the server.').waitFor();
    await page.context().setOffline(false);
    await page.getByText('No connection to the server.').waitFor({ state: 'detached' });
    page.problems.length = 0; // The browser logs what it could not load.
  });

  pageTest('is taken over by the browser however often it comes, as all pages are', {}, async (page) => {
    const id = await make({ ...shell('true', 'Again and again'), schedules: [{ hours: [3], minutes: [0] }] });
    await rota.visitList(page);
    for (const path of ['/', '/overview', '/people', '/people/1', '/mail', '/mail/outbox', '/profile', '/task/new', `/task/${id}`, `/task/${id}/edit`, `/task/${id}/log`]) {
      for (let i = 0; i < 6; i++) {
        await rota.visit(page, path);
        assert.deepEqual(page.problems, [], path);
      }
    }
  });

  for (const [colorScheme, width, locale] of [['light', 1280, 'en-US'], ['dark', 360, 'de-DE']]) {
    pageTest(`${colorScheme} ${width}`, { colorScheme, locale, viewport: { width, height: 900 } }, async (page) => {
      const id = await make({ ...shell('echo out; echo err >&2; exit 3', 'Looks'), schedules: [{ hours: [3], minutes: [0] }] });
      await ran(id);
      await ran(id);
      await open(page, `/task/${id}`);
      await page.locator('.chart-bad').first().waitFor();
      await looksRight(page, `task-${colorScheme}-${width}`);
      await rota.visit(page, `/task/${id}/log`);
      await page.locator('.level-warning').first().waitFor();
      await looksRight(page, `log-${colorScheme}-${width}`);
    });
  }
});

describe('the log viewer', () => {
  pageTest('follows a run as it goes', {}, async (page) => {
    const id = await make(shell('for i in 1 2 3 4 5 6; do echo "tick $i"; sleep 0.4; done', 'Ticks'));
    await open(page, `/task/${id}/log`);
    await page.getByText('No lines.').waitFor();
    await rota.api(running.url, 'POST', `/task/${id}/run`);
    await page.locator('.log-box').getByText('tick 1').waitFor();
    await page.locator('.log-box').getByText('tick 6').waitFor();
  });

  pageTest('wrapping and level are kept with the task', {}, async (page) => {
    const id = await make(shell('echo out; echo err >&2', 'Chooses'));
    await ran(id);
    await open(page, `/task/${id}/log`);
    await page.getByLabel('Wrap').check();
    await page.getByLabel('Level').selectOption('warning');
    await page.waitForURL(/level=warning/);
    const kept = async () => (await rota.api(running.url, 'GET', `/task/${id}`)).task.frontend_prefs.rota ?? {};
    await rota.until(kept, (prefs) => Object.keys(prefs).length === 2);
    await rota.visit(page, `/task/${id}/log`);
    assert.equal(await page.getByLabel('Level').inputValue(), 'warning');
    assert.ok(await page.getByLabel('Wrap').isChecked());
    assert.equal(await page.getByText('out', { exact: true }).count(), 0);
    await page.getByLabel('Level').selectOption('');
    await page.locator('.log-box').getByText('out', { exact: true }).waitFor();
  });

  pageTest('a program of one\'s own has a form, and its result is shown', {}, async (page) => {
    await open(page, '/task/new');
    await page.getByRole('radio', { name: /^Disk space/ }).check();
    await page.getByRole('textbox', { name: /^Folder/ }).fill('/tmp');
    await page.getByLabel('Limit in percent').fill('101');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.locator('[aria-invalid=true]').waitFor();
    await page.getByLabel('Limit in percent').fill('100');
    await page.getByRole('radio', { name: 'Now' }).check();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(/\/task\/\d+$/);
    await page.getByText('Done', { exact: true }).first().waitFor();
    await rota.visit(page, `${new URL(page.url()).pathname}/log`);
    const result = page.getByRole('region', { name: 'Result' });
    await result.getByRole('columnheader', { name: 'Used' }).waitFor();
    assert.equal(await result.getByRole('cell').first().textContent(), '/tmp');
    assert.deepEqual(await rota.axeViolations(page), []);
  });

  pageTest('two hundred thousand lines: few elements, every line reached, searched as a whole', {}, async (page) => {
    const id = await make(shell('seq 1 200000', 'Counts'));
    assert.equal((await ran(id)).status, 'done');
    await open(page, `/task/${id}/log`);
    const total = (await page.locator('.log-tools').textContent()).match(/([\d,]+) lines/)[1];
    assert.ok(Number(total.replaceAll(',', '')) >= 200_000, total);
    assert.ok((await page.locator('.log-box .log-line').count()) < 100);
    await page.getByLabel('Line', { exact: true }).fill('123456');
    const began = Date.now();
    await page.getByRole('button', { name: 'Jump' }).click();
    await page.locator('[data-line="123456"]').waitFor();
    console.log(`jump to line: ${Date.now() - began} ms`);
    assert.ok((await page.locator('.log-box .log-line').count()) < 100);
    await page.getByRole('searchbox').fill('19999');
    await page.keyboard.press('Enter');
    await page.locator('.log-box mark', { hasText: '19999' }).first().waitFor();
    await page.getByText(/^1 of/).waitFor();
    const first = await page.locator('.log-line.marked').getAttribute('data-line');
    await page.getByRole('button', { name: 'Next match' }).click();
    await page.getByText(/^2 of/).waitFor();
    await page.waitForFunction((old) => document.querySelector('.log-line.marked')?.dataset.line !== old, first);
    await page.getByRole('button', { name: 'Previous match' }).click();
    await page.getByText(/^1 of/).waitFor();
    // The end of the bar is the end of the log.
    await page.locator('.log-box').evaluate((box) => (box.scrollTop = box.scrollHeight));
    await page.locator('.log-box').getByText('200000', { exact: true }).first().waitFor();
  });

  pageTest('a link to a line, and a level', {}, async (page) => {
    const id = await make(shell('for i in $(seq 1 900); do echo "out $i"; done; echo bad >&2', 'Levels'));
    await ran(id);
    await open(page, `/task/${id}/log?line=700`);
    await page.locator('.log-line.marked[data-line="701"]').waitFor();
    await page.getByLabel('Level').selectOption('warning');
    await page.waitForURL(/level=warning/);
    await page.locator('.log-box').getByText('bad').waitFor();
    assert.equal(await page.locator('.log-box .level-info').count(), 0);
  });

  pageTest('hostile lines stay text', {}, async (page) => {
    const script = `printf '%s\\n' '${HOSTILE}'; printf '\\033[31mred\\033[0m plain\\n'; printf 'bell\\a end\\n'; printf '\\342\\200\\256rtl\\n'; head -c 300000 /dev/zero | tr '\\0' x; echo`;
    const id = await make(shell(script, 'Hostile'));
    await ran(id);
    await open(page, `/task/${id}/log`);
    await page.locator('.log-box').getByText(HOSTILE).waitFor();
    assert.equal(await page.locator('.log-box img').count(), 0);
    assert.equal(await page.locator('.ansi-1').first().textContent(), 'red');
    await page.locator('.log-box').getByText('bell␇ end').waitFor();
    await page.getByRole('button', { name: 'show all' }).first().waitFor();
  });
});
