// What comes late, or not at all.
import assert from "node:assert/strict";
import { held, inBrowser, job, lines, settled, verdict, write } from "./kit.js";

const shown = inBrowser();

shown("a fix is made in the text that it is for, and in no other", "", async (before, url) => {
  const { page, hold, release } = await held(before, `${url}#ex=interactive-backoff`);
  const fix = page.locator("#findings button", { hasText: "Set backoffLimit to 0" });
  await fix.waitFor();
  await hold();
  await page.locator("#editor-text .cm-content").focus();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.insertText("# one more line\n");
  const written = await lines(page);
  assert.equal(written[0], "# one more line");
  await fix.click();
  await page.locator("#editor-text .cm-line", { hasText: "backoffLimit: 2" }).click();
  await page.keyboard.press("ControlOrMeta+.");
  assert.deepEqual(await lines(page), written);
  await release();
  await fix.click();
  await verdict(page, /^Accepted$/);
  await page.close();
});

shown("an answer about an older text is not shown", "", async (before, url) => {
  const { page, hold, pass, release } = await held(before, `${url}#ex=interactive`);
  await verdict(page, /^Accepted$/);
  await release();
  await hold();
  await write(page, "text", job("suspend: true"));
  await write(page, "text", job());
  await pass();
  assert.equal(await page.locator("#verdict-title").textContent(), "Accepted");
  await release();
  await verdict(page, /^Accepted$/);
  await page.close();
});

shown("the life of an object that was left is not shown", "", async (before, url) => {
  const { page, hold, until, release } = await held(before, url);
  const refused = job("submissionMode: InteractiveMode", "backoffLimit: 2").replace("  entrypoint: python train.py\n", "");
  await write(page, "text", `${refused}---\n${job().replace("train\n", "fine\n")}`);
  const buttons = page.locator("#documents button");
  await buttons.nth(1).click();
  await verdict(page, /^Accepted$/);
  await release();
  const life = page.locator("#life");
  assert.match((await life.textContent()) ?? "", /It ends in Failed/);
  await hold();
  await buttons.nth(0).click();
  await until("releases");
  await buttons.nth(1).click();
  await release();
  assert.match((await life.textContent()) ?? "", /It ends in Failed/);
  await page.close();
});

shown("where the worker cannot start, that is told", "", async (before, url) => {
  const page = await before.context().newPage();
  await page.route(/\/worker-/, (route) => route.abort());
  await page.goto(url);
  await verdict(page, /^Nothing can be judged$/);
  await settled(page);
  assert.match((await page.locator("#verdict-about").textContent()) ?? "", /cannot be started/);
  await write(page, "text", job());
  await verdict(page, /^Nothing can be judged$/);
  await page.close();
});

shown("where the module cannot be loaded, that is told", "", async (before, url) => {
  const page = await before.context().newPage();
  await page.route(/\.wasm$/, (route) => route.fulfill({ status: 404 }));
  await page.goto(url);
  await verdict(page, /^Nothing can be judged$/);
  await page.locator("#verdict-about", { hasText: "the module cannot be loaded: 404" }).waitFor();
  await page.close();
});

shown("a check that fails leaves nothing of the one before", "", async (before, url) => {
  const { page, hold } = await held(before, `${url}#ex=interactive-backoff`);
  await page.locator("#findings article").waitFor();
  await page.locator("#matrix table").waitFor();
  await hold();
  await write(page, "text", job());
  await page.evaluate('questions.worker.dispatchEvent(new Event("error"))');
  await verdict(page, /^Nothing can be judged$/);
  for (const stale of ["#findings article", "#terminal", "#releases-card", "#life-card", "#matrix-card", ".cm-lintRange-error"]) {
    assert.equal(await page.locator(stale).isVisible(), false, stale);
  }
  assert.equal(await page.locator("#copy-as").isDisabled(), true);
  await page.close();
});
