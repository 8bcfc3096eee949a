// The page without a network.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { executable, launch } from "../browser.js";
import { address, serve } from "../serve.js";
import { settled, verdict } from "./kit.js";

const skip = !executable && "there is no Chromium";

test("after the first visit the page works without its host", { skip }, async () => {
  const server = await serve(0);
  const context = await launch();
  try {
    const url = address(server);
    const page = await context.newPage();
    await page.goto(url);
    await settled(page);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await page.goto(`${url}?again#ex=interactive`);
    await verdict(page, /^Accepted$/);
    await page.locator("#editor-text .cm-content").waitFor();
    await page.locator("#about", { hasText: "module sha256:" }).waitFor();
  } finally {
    await context.close();
    server.close();
  }
});

/**
 * Builds the page with another title, which changes nothing but index.html.
 * @param {string} folder
 * @param {string} title
 */
async function publish(folder, title) {
  const outDir = mkdtempSync(join(tmpdir(), "page-"));
  const root = fileURLToPath(new URL("..", import.meta.url));
  const titled = { name: "titled", transformIndexHtml: (/** @type {string} */ html) => html.replace(/(?<=<title>).*(?=<)/, title) };
  await build({ root, configFile: join(root, "vite.config.ts"), logLevel: "error", build: { outDir }, plugins: [titled] });
  cpSync(outDir, folder, { recursive: true });
  rmSync(outDir, { recursive: true });
}

test("another index.html reaches those who have been here, and no other cache is touched", { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "host-"));
  await publish(folder, "first");
  // Browsers keep what they get for an hour, but must not take the page from there.
  const server = await serve(0, folder, { "cache-control": "max-age=3600" });
  const context = await launch();
  try {
    const page = await context.newPage();
    await page.goto(address(server));
    await settled(page);
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await page.evaluate(() => caches.open("of another page"));
    await page.reload();
    assert.equal(await page.title(), "first");
    await publish(folder, "second");
    await page.evaluate(async () => {
      navigator.serviceWorker.addEventListener("controllerchange", () => Object.assign(window, { hasChanged: true }));
      await (await navigator.serviceWorker.ready).update();
    });
    await page.waitForFunction(() => "hasChanged" in window);
    await page.reload();
    assert.equal(await page.title(), "second");
    const names = await page.evaluate(() => caches.keys());
    assert.equal(names.length, 2, names.join());
    assert.ok(names.includes("of another page"));
  } finally {
    await context.close();
    server.close();
    rmSync(folder, { recursive: true });
  }
});
