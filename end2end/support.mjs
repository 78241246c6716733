// What the browser tests share: a server with a database of its own, a browser, and pages that are watched.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

export const LOGIN = 'root';
export const PASSWORD = process.env.ROTA_E2E_PASSWORD ?? 'end-to-end-password';
const TOKEN = 'rota_end_to_end_token_0123456789abcdef';
const SCREENSHOTS = fileURLToPath(new URL('screenshots/', import.meta.url));
const READY_WITHIN_MS = 60_000;
/** How long a test waits for something that is to come: far longer than it takes, for other tests run at the same time. */
export const PATIENCE_MS = 30_000;

/** Starts the binary `ROTA_BIN` on a port of its own with an empty database; `ROTA_URL` names a running one instead. */
export async function startServer({ generated = false, modules = false, env: more = {} } = {}) {
  if (process.env.ROTA_URL) return { url: process.env.ROTA_URL, stop: async () => {} };
  const dir = mkdtempSync(join(tmpdir(), 'rota-end2end-'));
  const env = {
    ...process.env,
    ROTA_LISTEN: '127.0.0.1:0',
    ROTA_DATA_DIR: dir,
    ROTA_ROOT_PASSWORD: PASSWORD,
    ROTA_ROOT_TOKEN: TOKEN,
    ...more,
  };
  delete env.ROTA_DATABASE_URL;
  if (modules) cpSync(new URL('../examples/modules', import.meta.url), join(dir, 'modules'), { recursive: true });
  if (generated) delete env.ROTA_ROOT_PASSWORD;
  const server = spawn(process.env.ROTA_BIN, ['serve'], { env, cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => (output += data));
  const ended = new Promise((resolve) => server.on('exit', resolve));
  const stop = async () => {
    server.kill('SIGTERM');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  const said = (pattern) => async () => {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    return output.match(pattern)?.[1];
  };
  try {
    // It says where it is when it listens, and the password that it made up before that; the pipes may be a moment behind.
    const url = await until(said(/Rota is at (http:\S+?)\/?\s/), Boolean, READY_WITHIN_MS);
    const password = generated ? await until(said(/root password: (\S+)/), Boolean) : PASSWORD;
    return { url, stop, password };
  } catch (error) {
    await stop();
    throw new Error(`${error.message}\n${output}`);
  }
}

/** Asks again and again until the answer is as wanted, and gives it. */
export async function until(ask, wanted = Boolean, withinMs = PATIENCE_MS) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms; the last answer was ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts a task by REST, waits for its end, and gives the run. */
export async function runToEnd(url, id) {
  const { run } = await api(url, 'POST', `/task/${id}/run`);
  const latest = () => api(url, 'GET', `/task/${id}/run?limit=1`);
  const [ended] = await until(latest, ([one]) => one?._id === run._id && one.run_finished_at);
  return ended;
}

/** An hourly schedule half an hour away from now: it does not fire while tests run. */
export function hourly() {
  return [{ minutes: [(new Date().getUTCMinutes() + 30) % 60] }];
}

/** Creates tasks by REST, as an integrator would. */
export function createTasks(url, tasks) {
  return api(url, 'POST', '/task', tasks.map((task) => ({ task })));
}

/** Any call by REST, as root. */
export async function api(url, method, path, body) {
  const answer = await fetch(`${url}/api${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${TOKEN}` },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

export function startBrowser(more = []) {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
  args.push('--disable-component-update', '--disable-sync', ...more);
  return chromium.launch({ executablePath: process.env.CHROME_PATH ?? '/usr/bin/chromium', args });
}

/** A page in a context of its own; `page.problems` collects what a person would not see: errors and outside requests. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ locale: 'en-US', timezoneId: 'Europe/Berlin', ...options, baseURL: url });
  const page = await context.newPage();
  page.problems = [];
  page.apiCalls = [];
  page.streams = 0;
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.problems.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const target = new URL(request.url());
    if (target.origin !== url && target.protocol !== 'data:') page.problems.push(`outside request: ${target}`);
    if (target.pathname.startsWith('/api/')) page.apiCalls.push(`${request.method()} ${target.pathname}`);
  });
  page.on('response', (answer) => {
    if (new URL(answer.url()).pathname === '/api/task/events' && answer.ok()) page.streams += 1;
  });
  return page;
}

/** Before this, the list is told of no change. */
export async function live(page) {
  await until(async () => page.streams > 0);
}

/** Before this, clicks are lost. */
export async function hydrated(page) {
  try {
    await page.waitForSelector('html[data-hydrated]', { timeout: PATIENCE_MS });
  } catch (error) {
    throw new Error(`${page.url()} was not taken over: ${page.problems?.join('; ') || 'no problem was told'}`, { cause: error });
  }
}

export async function visit(page, path = '/') {
  const answer = await page.goto(path);
  await hydrated(page);
  return answer;
}

export async function logIn(page, password = PASSWORD) {
  await page.fill('#login', LOGIN);
  await page.fill('#password', password);
  await page.click('button[type=submit]');
}

/** Visits the list, logged in. */
export async function visitList(page, path = '/') {
  await visit(page, path);
  await logIn(page);
  await page.waitForSelector('h1:has-text("Tasks"), h1:has-text("Aufgaben")');
}

export async function axeViolations(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`);
}

export function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  return page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

/** How far content moved by itself since the page came, as Chromium measures it. */
export function layoutShift(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => resolve(sum), 300);
      }),
  );
}
