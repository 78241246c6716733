// Figures of the web app, beside what is aimed at. Asserts nothing. Run by `cargo xtask bench --web`, which names the
// release binary in ROTA_BIN and Chromium in CHROME_PATH.
import lighthouse from 'lighthouse';
import * as rota from '../../end2end/support.mjs';

const LIST_REQUESTS = 300;
const CHANGES = 60;
const LOG_LINES = 1_000_000;
const DRAG_MS = 3_000;
const DEBUG_PORT = 9333;

const rows = [];
const row = (what, found, aim) => {
  rows.push([what, found, aim]);
  console.log(`${what}: ${found} (${aim})`);
};
const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const sorted = (numbers) => numbers.toSorted((a, b) => a - b);

const server = await rota.startServer();
const browser = await rota.startBrowser([`--remote-debugging-port=${DEBUG_PORT}`]);
try {
  const cookie = await logIn();
  const task = await tasks();
  await transferred(cookie);
  await listResponse(cookie);
  await logViewer();
  await toThePixel();
  await scores(cookie, task);
} finally {
  await browser.close();
  await server.stop();
}
console.log(`\n| what | found | aim |\n| --- | --- | --- |\n${rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}`);

async function logIn() {
  const answer = await fetch(`${server.url}/api/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: server.url },
    body: JSON.stringify({ login: rota.LOGIN, password: rota.PASSWORD }),
  });
  return answer.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
}

/** A hundred tasks of several kinds, some with runs; the id of one with a schedule and a history. */
async function tasks() {
  const made = await rota.createTasks(
    server.url,
    Array.from({ length: 100 }, (_, n) => ({
      description: `Task ${n} of the night, with a description of usual length`,
      task_module: 'sleep',
      task_params: { runtime: 0 },
      schedules: n % 2 ? [{ hours: [n % 24], minutes: [0, 30], timezone: 'Europe/Berlin' }] : [],
    })),
  );
  const ids = made.map((object) => object.task._id);
  for (const id of ids.slice(0, 40)) await rota.api(server.url, 'POST', `/task/${id}/run`);
  for (let i = 0; i < 20; i++) {
    await settled(ids[1]);
    await rota.api(server.url, 'POST', `/task/${ids[1]}/run`);
  }
  return ids[1];
}

async function settled(id) {
  for (;;) {
    const { task } = await rota.api(server.url, 'GET', `/task/${id}`);
    if (!['running', 'new'].includes(task.status) || (task.status === 'new' && !task.run_started_at)) return task;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function transferred(cookie) {
  const page = await (await fetch(server.url, { headers: { cookie } })).text();
  const files = [...page.matchAll(/"(\/(?:pkg\/\w+\.(?:js|wasm)|rota\.css)\?v=[^"]+)"/g)].map((found) => found[1]);
  let sum = 0;
  for (const file of new Set(files)) {
    const answer = await fetch(server.url + file, { headers: { 'Accept-Encoding': 'br' } });
    const length = Number(answer.headers.get('content-length'));
    await answer.arrayBuffer();
    if (answer.headers.get('content-encoding') !== 'br' || !length) throw new Error(`${file} did not come as brotli`);
    row(file.split('?')[0], `${(length / 1024).toFixed(1)} KiB`, 'brotli');
    sum += length;
  }
  row('first load of the list: wasm + js + css', `${(sum / 1024).toFixed(1)} KiB`, '≤ 300 KB');
}

async function listResponse(cookie) {
  const took = [];
  for (let i = 0; i < LIST_REQUESTS; i++) {
    const began = performance.now();
    await (await fetch(server.url, { headers: { cookie, 'Accept-Encoding': 'br' } })).arrayBuffer();
    took.push(performance.now() - began);
  }
  const all = sorted(took);
  row('list of 100 tasks, rendered on the server', `p50 ${at(all, 0.5).toFixed(1)}, p99 ${at(all, 0.99).toFixed(1)} ms`, 'p99 ≤ 30 ms');
}

async function logViewer() {
  const [{ task }] = await rota.createTasks(server.url, [
    { description: 'A million lines', task_module: 'shell_command', task_params: { program: 'sh', arguments: ['-c', `seq 1 ${LOG_LINES}`] } },
  ]);
  await rota.api(server.url, 'POST', `/task/${task._id}/run`);
  for (;;) {
    const { task: now } = await rota.api(server.url, 'GET', `/task/${task._id}`);
    if (['done', 'error', 'canceled'].includes(now.status)) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const page = await rota.openPage(browser, server.url, { viewport: { width: 1280, height: 900 } });
  await rota.visitList(page);
  await rota.visit(page, `/task/${task._id}/log`);
  const jumps = [];
  for (let i = 1; i <= 20; i++) {
    const line = Math.floor((LOG_LINES / 21) * i);
    await page.getByLabel('Line', { exact: true }).fill(String(line));
    const took = await page.evaluate(async (line) => {
      const began = performance.now();
      document.querySelector('input[inputmode=numeric]').form.requestSubmit();
      while (!document.querySelector(`[data-line="${line}"]`)) await new Promise(requestAnimationFrame);
      return performance.now() - began;
    }, line);
    jumps.push(took);
  }
  const all = sorted(jumps);
  row('a million lines: jump to a line', `p50 ${at(all, 0.5).toFixed(0)}, max ${all.at(-1).toFixed(0)} ms`, '≤ 200 ms');
  const frames = await page.evaluate(
    (ms) =>
      new Promise((resolve) => {
        const box = document.querySelector('.log-box');
        const gaps = [];
        const began = performance.now();
        let last = began;
        const frame = (now) => {
          gaps.push(now - last);
          last = now;
          if (now - began > ms) return resolve(gaps.slice(1));
          // There and back, as a hand drags the bar.
          const part = Math.abs(1 - (((now - began) / ms) * 4) % 2);
          box.scrollTop = part * (box.scrollHeight - box.clientHeight);
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
    DRAG_MS,
  );
  const fps = sorted(frames.map((gap) => 1000 / gap));
  row('a million lines: frames while dragging the bar', `median ${at(fps, 0.5).toFixed(0)}, slowest 5 % ${at(fps, 0.05).toFixed(0)} fps`, '≥ 55 fps median');
  row('a million lines: elements in the page', await page.evaluate(() => document.querySelectorAll('*').length), 'constant');
  await page.context().close();
}

/** From the click's request to the word in the row: the request, the claim, the event, the drawing. */
async function toThePixel() {
  const [{ task }] = await rota.createTasks(server.url, [{ description: 'Pixel', task_module: 'sleep', task_params: { runtime: 3600 } }]);
  const page = await rota.openPage(browser, server.url, { viewport: { width: 1280, height: 900 } });
  await rota.visitList(page);
  await page.getByText('Pixel').waitFor();
  await page.waitForTimeout(500);
  const took = [];
  for (let i = 0; i < CHANGES; i++) {
    took.push(
      await page.evaluate(async ([id, deed]) => {
        const row = [...document.querySelectorAll('tbody tr')].find((tr) => tr.textContent.includes('Pixel'));
        const status = () => row.querySelector('.cell-status').textContent.replace(/\d.*/, '');
        const before = status();
        const began = performance.now();
        const seen = new Promise((resolve) => {
          const watch = new MutationObserver(() => {
            if (status() !== before) {
              watch.disconnect();
              requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
            }
          });
          watch.observe(row, { subtree: true, childList: true, characterData: true });
        });
        await fetch(`/api/task/${id}/${deed}`, { method: 'POST' });
        return seen;
      }, [task._id, i % 2 ? 'cancel' : 'run']),
    );
    await page.waitForTimeout(150);
  }
  const all = sorted(took);
  row('a status change to the pixel', `p50 ${at(all, 0.5).toFixed(0)}, p95 ${at(all, 0.95).toFixed(0)} ms`, 'p95 ≤ 300 ms');
  await page.context().close();
}

async function scores(cookie, task) {
  for (const [name, path] of [['list', '/'], ['editor', `/task/${task}/edit`], ['task page', `/task/${task}`]]) {
    const options = { port: DEBUG_PORT, output: 'json', logLevel: 'error', extraHeaders: { Cookie: cookie } };
    const { lhr } = await lighthouse(`${server.url}${path}`, options);
    const score = (key) => Math.round((lhr.categories[key]?.score ?? 0) * 100);
    const of = (audit) => lhr.audits[audit]?.numericValue ?? NaN;
    const four = ['performance', 'accessibility', 'best-practices', 'seo'].map(score).join(', ');
    row(`Lighthouse, ${name}, mobile`, `${four}; CLS ${of('cumulative-layout-shift').toFixed(3)}; TBT ${of('total-blocking-time').toFixed(0)} ms; LCP ${(of('largest-contentful-paint') / 1000).toFixed(1)} s`, '≥ 95, 100, 100, 100; 0; ≤ 100 ms');
    for (const audit of Object.values(lhr.audits)) {
      if (audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== 'informative') console.log(`  ${name}: ${audit.id} ${audit.score} ${audit.displayValue ?? ''}`);
    }
  }
}
