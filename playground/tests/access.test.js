// Who can use the page, on what.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { inBrowser, verdict } from "./kit.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const shown = inBrowser();

/** @typedef {{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }} Report */

/** @param {import("playwright-core").Page} page */
async function findsNothing(page) {
  await page.locator("#life svg").first().waitFor();
  await page.locator("#matrix table").waitFor();
  await page.evaluate(axe);
  /** @type {Report} */
  const report = await page.evaluate("axe.run()");
  const found = report.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
  assert.deepEqual(found, []);
}

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of [1280, 360]) {
    shown(`axe finds nothing: ${colorScheme}, ${width} px`, "#ex=interactive-backoff", async (page) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await findsNothing(page);
    });
  }
}

shown("axe finds nothing where shells change the entrypoint", "#rule=trap-entrypoint-operator-on-head", async (page) => {
  await page.locator("#readings code").first().waitFor();
  await findsNothing(page);
});

shown("axe finds nothing in the dialogs, the rules and the other tabs", "#ex=interactive-backoff", async (page) => {
  await page.locator("#search").fill("backoff");
  for (const tab of ["settings", "cluster"]) {
    await page.locator(`#tab-${tab}`).click();
    await findsNothing(page);
  }
  await page.locator("#copy-as").click();
  await findsNothing(page);
  await page.locator("#copy-close").click();
  await page.locator("#help").click();
  await findsNothing(page);
});

shown("the colours follow the system", "", async (page) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  const light = await background();
  await page.emulateMedia({ colorScheme: "dark" });
  assert.notEqual(await background(), light);
});

shown("nothing is wider than a narrow screen", "#ex=interactive-backoff", async (page) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.locator("#life svg").first().waitFor();
  const widths = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.equal(widths[0], widths[1]);
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll("h1, h2, h3, p, button, select, th, td, li")]
      .filter((element) => element.getClientRects().length > 0 && !element.closest(".scroll"))
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5)
      .map((element) => element.outerHTML.slice(0, 120)),
  );
  assert.deepEqual(cut, []);
});

shown("all of it can be reached with the keyboard", "#ex=interactive-backoff", async (page) => {
  await page.locator("#matrix table").waitFor();
  await page.locator("#life svg").first().waitFor();
  const reached = new Set();
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const { activeElement } = document;
      return activeElement?.id || activeElement?.closest("[id]")?.id || activeElement?.tagName;
    });
    // The editor keeps Tab out of the way of those who write with it only
    // after Escape; it never binds it.
    if (at === "editor-text") await page.keyboard.press("Escape");
    reached.add(at);
    if (at === "search") break;
  }
  for (const id of ["example", "share", "copy-as", "help", "tab-text", "release", "editor-text", "findings", "terminal", "releases", "happenings", "matrix", "search"]) {
    assert.ok(reached.has(id), `${id} of ${[...reached]}`);
  }
});

shown("a finding is found, fixed and left with keys alone", "#ex=interactive-backoff", async (page) => {
  await page.locator("#editor-text .cm-lintRange-error").waitFor();
  await page.locator("#editor-text .cm-content").focus();
  await page.keyboard.press("F8");
  await page.keyboard.press("ControlOrMeta+.");
  await verdict(page, /^Accepted$/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.closest("#editor-text")), null);
});

shown("the arrow keys go from tab to tab", "", async (page) => {
  await page.locator("#tab-text").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator("#panel-settings").isVisible(), true);
  await page.keyboard.press("End");
  assert.equal(await page.locator("#panel-cluster").isVisible(), true);
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator("#panel-text").isVisible(), true);
});

shown("nothing jumps while the module loads", "", async (page, url) => {
  const other = await page.context().newPage();
  await other.addInitScript(() => {
    const shifts = /** @type {number[]} */ ([]);
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) shifts.push(/** @type {PerformanceEntry & { value: number }} */ (entry).value);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await other.goto(url);
  await other.locator("#life svg").first().waitFor();
  /** @type {number[]} */
  const shifts = await other.evaluate("shifts");
  const total = shifts.reduce((sum, shift) => sum + shift, 0);
  await other.close();
  assert.ok(total < 0.1, `the layout shifted by ${total}`);
});
