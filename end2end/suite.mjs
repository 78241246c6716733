// What every file of browser tests begins with: a server and a browser of its own, and tests that have a page each.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as rota from './support.mjs';

/**
 * `name` begins the names of the file's pictures of failures; `options` go to `startServer`. The server's address is known, and
 * the browser there, as soon as tests run.
 */
export function suite(name, options = {}) {
  const running = {};

  before(async () => {
    running.server = await rota.startServer(options);
    running.url = running.server.url;
    running.browser = await rota.startBrowser();
  });

  after(async () => {
    await running.browser?.close();
    await running.server?.stop();
  });

  /** A test with a page of its own, in which nothing may go wrong unseen. */
  function pageTest(title, pageOptions, body) {
    test(title, async () => {
      const page = await rota.openPage(running.browser, running.url, pageOptions);
      page.setDefaultTimeout(rota.PATIENCE_MS);
      try {
        await body(page);
        assert.deepEqual(page.problems, []);
      } catch (error) {
        await rota.screenshot(page, `failed ${name} ${title}`.replaceAll(/\W+/g, '-'));
        throw error;
      } finally {
        await page.context().close();
      }
    });
  }

  return { running, pageTest };
}

/** The page fits its window and has no fault that axe knows; its picture is kept. */
export async function looksRight(page, name) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${name} scrolls sideways: ${content} px in ${window} px`);
  await rota.screenshot(page, name);
  assert.deepEqual(await rota.axeViolations(page), [], name);
}
