// The start page in a real browser: logging in, the task list, both languages, both themes, narrow screens.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { looksRight, suite } from './suite.mjs';
import * as rota from './support.mjs';

const HOSTILE = '<img src=x onerror=alert(1)> "quotes" & \u202Eright to left\u202C';
const LONG = `A description of one word that has no end: ${'x'.repeat(120)}`;

const { running, pageTest } = suite('start page');

describe('without a session', () => {
  pageTest('the login form is readable without JavaScript and says what it lacks', { javaScriptEnabled: false }, async (page) => {
    const answer = await page.goto('/');
    assert.equal(answer.status(), 200);
    assert.ok(await page.getByLabel('User name').isVisible());
    assert.ok(await page.getByLabel('Password').isVisible());
    // Chromium does not show <noscript> where only a test has switched scripts off.
    assert.equal(await page.locator('noscript').textContent(), 'This page needs JavaScript to log in.');
    assert.ok(await page.locator('button[type=submit]').isDisabled());
  });

  pageTest('the page names its policy, and no inline script may run without its nonce', {}, async (page) => {
    const answer = await rota.visit(page);
    const policy = answer.headers()['content-security-policy'];
    assert.match(policy, /script-src 'self' 'nonce-[^']{16,}' 'wasm-unsafe-eval'/);
    assert.match(policy, /default-src 'self'.*object-src 'none'.*base-uri 'none'.*frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval' 'unsafe|\*/);
    assert.equal(answer.headers()['x-content-type-options'], 'nosniff');
    const again = await page.request.get('/');
    assert.notEqual(again.headers()['content-security-policy'], policy, 'a nonce is used once');
  });

  pageTest('what is typed before the page reacts is not lost', {}, async (page) => {
    let letGo;
    const held = new Promise((resolve) => (letGo = resolve));
    await page.route('**/pkg/*.wasm*', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto('/', { waitUntil: 'commit' });
    await page.fill('#login', rota.LOGIN);
    await page.fill('#password', rota.PASSWORD);
    assert.ok(await page.locator('button[type=submit]').isDisabled());
    letGo();
    await rota.hydrated(page);
    await page.click('button[type=submit]');
    await page.waitForSelector('h1:has-text("Tasks")');
  });

  pageTest('a wrong password is told, in the language of the page, and can be corrected', { locale: 'de-DE' }, async (page) => {
    await rota.visit(page);
    await rota.logIn(page, 'not the password');
    const alert = page.locator('form [role=alert] p');
    await alert.waitFor();
    assert.ok((await alert.textContent()).length > 10);
    await rota.screenshot(page, 'login-wrong-password-de');
    assert.equal(page.problems.filter((p) => !p.includes('401')).length, 0);
    page.problems.length = 0; // The browser itself logs the 401 as an error.
    await rota.logIn(page);
    await page.waitForSelector('h1:has-text("Aufgaben")');
  });

  pageTest('an empty form is not sent', {}, async (page) => {
    await rota.visit(page);
    await page.click('button[type=submit]');
    await page.getByText('Please enter a user name and a password.').waitFor();
    assert.deepEqual(page.apiCalls, []);
  });

  pageTest('an address that leads nowhere is a 404 with a way back', {}, async (page) => {
    const answer = await page.goto('/no/such/page');
    assert.equal(answer.status(), 404);
    await rota.hydrated(page);
    page.problems.length = 0; // The browser logs the 404.
    await page.getByRole('link', { name: 'Go to the tasks' }).click();
    await page.getByLabel('User name').waitFor();
  });
});

describe('the task list', () => {
  pageTest('says so when it is empty', {}, async (page) => {
    await rota.visitList(page);
    await page.getByRole('heading', { name: 'Create your first task' }).waitFor();
    assert.deepEqual(await rota.axeViolations(page), []);
    await rota.screenshot(page, 'list-empty');
  });

  pageTest('shows tasks that were created by REST, hostile ones as text', {}, async (page) => {
    const nextRun = new Date(Date.now() + 3 * 24 * 3_600_000).toISOString();
    const sleep = { task_module: 'sleep', task_params: { runtime: 1 } };
    await rota.createTasks(running.url, [
      { ...sleep, description: 'Nightly export', next_run_at: nextRun },
      { ...sleep, description: HOSTILE },
      { ...sleep, description: LONG },
    ]);
    await rota.visitList(page);
    const row = page.getByRole('row').filter({ hasText: 'Nightly export' });
    await row.waitFor();
    assert.match(await row.textContent(), /Sleep.*New.*in [23].days/s);
    assert.equal(await page.locator('th', { hasText: '<img src=x' }).count(), 1);
    assert.equal(await page.locator('tbody img').count(), 0);
    assert.equal(await page.locator('tbody tr').count(), 3);
  });

  pageTest('comes with the first answer, readable without JavaScript', {}, async (page) => {
    await rota.visitList(page);
    const cookies = await page.context().cookies();
    const plain = await rota.openPage(running.browser, running.url, { javaScriptEnabled: false });
    await plain.context().addCookies(cookies);
    await plain.goto('/');
    assert.ok(await plain.getByText('Nightly export').isVisible());
    await plain.context().close();
  });

  pageTest('is taken over by the browser without moving, and then asks only for what may have changed', {}, async (page) => {
    await rota.visitList(page);
    page.apiCalls.length = 0;
    await page.reload();
    await rota.hydrated(page);
    await page.locator('.spark').first().waitFor();
    assert.equal(await rota.layoutShift(page), 0);
    assert.deepEqual([...new Set(page.apiCalls)].toSorted(), ['GET /api/task', 'GET /api/task/events', 'GET /api/task/outcomes']);
  });

  pageTest('has pages with addresses', {}, async (page) => {
    await rota.visitList(page, '/?page=7');
    await page.getByRole('link', { name: 'Go to the first page' }).click();
    await page.getByText('Nightly export').waitFor();
    assert.equal(new URL(page.url()).search, '');
    const more = Array.from({ length: 120 }, (_, n) => ({ task_module: 'sleep', task_params: { runtime: 1 }, description: `Filler ${n}` }));
    await rota.createTasks(running.url, more);
    await page.reload();
    await rota.hydrated(page);
    await page.getByText('1–100 of 123').waitFor();
    await page.getByRole('link', { name: 'Next', exact: true }).click();
    await page.getByText('101–123 of 123').waitFor();
    assert.equal(new URL(page.url()).search, '?page=2');
    await page.goBack();
    await page.getByText('1–100 of 123').waitFor();
  });

  pageTest('switches the language at once, and keeps it', {}, async (page) => {
    await rota.visitList(page);
    assert.equal(await page.getAttribute('html', 'lang'), 'en-US');
    await page.locator('header summary').click();
    await page.getByRole('button', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Aufgaben' }).waitFor();
    assert.equal(await page.getAttribute('html', 'lang'), 'de-DE');
    await page.reload();
    assert.equal(await page.getAttribute('html', 'lang'), 'de-DE');
    assert.equal(await page.title(), 'Aufgaben · Rota');
    await rota.hydrated(page);
    // It is kept for the person: the next one logs in in German, too, unless it is switched back.
    await page.locator('header summary').click();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Tasks' }).waitFor();
    await page.waitForFunction(async () => {
      const { user } = await (await fetch('/api/session')).json();
      return user.language === 'en-US' && user.frontend_prefs.rota.language_chosen === true;
    });
  });

  pageTest('shows what failed and a way to try again when the server is gone', {}, async (page) => {
    await rota.visitList(page);
    await page.route('**/api/task?*', (route) => route.abort());
    await page.getByRole('link', { name: 'Next', exact: true }).click();
    await page.getByText('The server cannot be reached.').waitFor();
    await page.unroute('**/api/task?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('101–123 of 123').waitFor();
    page.problems = page.problems.filter((p) => !p.includes('ERR_FAILED')); // What was made to fail.
  });

  pageTest('leads to the login form when the session ended elsewhere, and back to the same page', {}, async (page) => {
    await rota.visitList(page, '/?page=2');
    await page.getByText('101–123 of 123').waitFor();
    await page.context().clearCookies();
    await page.locator('select[name=status]').selectOption('new');
    await page.getByLabel('User name').waitFor();
    page.problems = page.problems.filter((p) => !p.includes('401'));
    await rota.logIn(page);
    await page.getByText('1–100 of 123').waitFor();
    assert.equal(new URL(page.url()).search, '?status=new');
    assert.deepEqual(page.problems.splice(0).filter((p) => !p.includes('401')), []);
  });

  pageTest('is gone after logging out', {}, async (page) => {
    await rota.visitList(page);
    await page.locator('header summary').click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('User name').waitFor();
    const names = (await page.context().cookies()).map((cookie) => cookie.name);
    assert.ok(!names.some((name) => name.includes('session')), names.join());
    await page.reload();
    assert.ok(await page.getByLabel('User name').isVisible());
    page.problems = page.problems.filter((p) => !p.includes('401')); // Asking who is logged in: nobody.
  });
});

describe('every page, both themes, wide and narrow', () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, width, height] of [['wide', 1440, 900], ['tablet', 820, 1000], ['narrow', 360, 740]]) {
      const locale = size === 'narrow' ? 'de-DE' : 'en-US';
      pageTest(`${colorScheme} ${size}`, { colorScheme, locale, viewport: { width, height } }, async (page) => {
        await rota.visit(page);
        await looksRight(page, `login-${colorScheme}-${size}`);
        await rota.logIn(page);
        await page.locator('tbody tr').first().waitFor();
        await looksRight(page, `list-${colorScheme}-${size}`);
        const { width: room } = await page.locator('tbody .cell-task').first().boundingBox();
        assert.ok(room > 140, `a description has ${room} px`);
        const canvas = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const brightness = canvas.match(/\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3;
        assert.equal(brightness < 128, colorScheme === 'dark', canvas);
      });
    }
  }

  pageTest('the keyboard reaches everything, visibly', {}, async (page) => {
    await rota.visitList(page);
    await page.evaluate(() => document.activeElement?.blur());
    const seen = [];
    for (let i = 0; i < 9; i++) {
      await page.keyboard.press('Tab');
      seen.push(await page.evaluate(() => document.activeElement.textContent.trim()));
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.equal(outline, 'solid', `focus on ${seen.at(-1)} can be seen`);
    }
    assert.deepEqual(seen, ['Skip to content', 'Rota', 'Tasks', 'Overview', 'People', 'API', 'root', 'New task', '']);
  });
});
