// Takes the README's pictures, light and dark, of the release binary ROTA_BIN: `node pictures.mjs`. To be looked at before
// they are committed.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as rota from './support.mjs';

const FOLDER = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
mkdirSync(FOLDER, { recursive: true });

const shell = (script) => ({ task_module: 'shell_command', task_params: { program: 'sh', arguments: ['-c', script] } });
const export_ = `for i in $(seq 1 40); do echo "batch $i of 40: $((i * 250)) records written"; done
printf '\\033[32m10000 records exported\\033[0m\\n'; echo "2 records have no title" >&2`;
const TASKS = [
  { description: 'Nightly export to the archive', ...shell(export_), schedules: [{ hours: [2], minutes: [30], timezone: 'Europe/Berlin' }], frontend_prefs: { rota: { pinned: true, colour: 'blue' } } },
  { description: 'Check the shop every ten minutes', task_module: 'http_request', task_params: { url: 'http://127.0.0.1:1/health' }, schedules: [{ minutes: [0, 10, 20, 30, 40, 50] }] },
  { description: 'Weekly report for sales', ...shell('echo 128 rows; sleep 0.3'), schedules: [{ weekdays: ['monday'], hours: [7], minutes: [15], timezone: 'Europe/Berlin' }] },
  { description: 'Rebuild the search index', ...shell('sleep 0.6; echo 48211 documents'), schedules: [{ weekdays: ['saturday'], hours: [23], minutes: [0] }], frontend_prefs: { rota: { colour: 'violet' } } },
  { description: 'Rotate the certificates', ...shell('echo 3 certificates are still good'), schedules: [{ days_of_month: [1, 15], hours: [4], minutes: [0], timezone: 'Europe/Berlin' }] },
  { description: 'Import price lists', ...shell('echo 4 files; echo price list 3 is empty >&2; exit 1'), schedules: [{ weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], hours: [6], minutes: [0], timezone: 'Europe/Berlin' }] },
  { description: 'Copy new pictures to the library', task_module: 'sleep', task_params: { runtime: 3600 } },
];

const server = await rota.startServer();
const browser = await rota.startBrowser();
try {
  const made = await rota.createTasks(server.url, TASKS);
  const ids = made.map((object) => object.task._id);
  for (const [n, id] of ids.entries()) {
    for (let i = 0; i < (n === 6 ? 1 : 8 + n); i++) await run(id, n === 6);
  }
  for (const colorScheme of ['light', 'dark']) {
    const page = await rota.openPage(browser, server.url, { colorScheme, viewport: { width: 1280, height: 800 } });
    await rota.visitList(page);
    await page.locator('.spark').first().waitFor();
    await page.waitForTimeout(300);
    await shot(page, 'list', colorScheme);
    await rota.visit(page, `/task/${ids[2]}/edit`);
    await page.locator('[data-summary]').waitFor();
    // The rule above, what it means below.
    await page.locator('.rule').first().evaluate((rule) => rule.scrollIntoView());
    await page.waitForTimeout(300);
    await shot(page, 'schedule', colorScheme);
    await rota.visit(page, '/overview');
    await page.locator('.timeline-rows > li').first().waitFor();
    await page.waitForTimeout(300);
    await shot(page, 'overview', colorScheme);
    await page.context().close();
  }
} finally {
  await browser.close();
  await server.stop();
}

async function run(id, goesOn) {
  await rota.api(server.url, 'POST', `/task/${id}/run`);
  while (!goesOn) {
    const { task } = await rota.api(server.url, 'GET', `/task/${id}`);
    if (['done', 'error', 'canceled'].includes(task.status)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function shot(page, name, colorScheme) {
  return page.screenshot({ path: `${FOLDER}${name}-${colorScheme}.png` });
}
