// The life that a job would have.
import assert from "node:assert/strict";
import { inBrowser, job, settled, verdict, write } from "./kit.js";

const shown = inBrowser();

/** @param {import("playwright-core").Page} page */
const steps = (page) => page.locator("#life ol li");

shown("the retry of an interactive job keeps spec.jobId, and runs nothing", "#rule=trap-interactive-retry", async (page) => {
  await page.locator("#life h3", { hasText: "Attempt 2 on RayCluster c2" }).waitFor();
  const text = (await page.locator("#life").textContent()) ?? "";
  assert.match(text, /spec\.jobId is still attempt-1/);
  assert.match(text, /Stays in Running|It stays in Running because nothing submits the application: 2 RayClusters/);
  assert.match(text, /At the end, a RayCluster remains with nothing running on it\./);
});

shown("the picture has a number for each step of the list", "#rule=trap-interactive-retry", async (page) => {
  await page.locator("#life svg").nth(1).waitFor();
  const numbers = await page.locator("#life svg > text").allTextContents();
  assert.deepEqual(numbers, numbers.map((_, index) => String(index + 1)));
  assert.equal(await steps(page).count(), numbers.length);
  assert.deepEqual(await page.locator("#life ol").evaluateAll((lists) => lists.map((list) => list.getAttribute("start"))), ["1", "9"]);
  assert.ok((await page.locator("#life svg .kept text").allTextContents()).every((text) => text === "attempt-1"));
});

shown("a refused job shows what the check prevents", "#ex=interactive-backoff", async (page) => {
  const callout = page.locator("#life .callout").first();
  await callout.filter({ hasText: "KubeRay 1.7 refuses this job (interactive-backoff)" }).waitFor();
  assert.equal(await page.locator("#life h3").count(), 2);
});

shown("a child that is never created ends the life", "#rule=trap-group-name", async (page) => {
  const life = page.locator("#life");
  await life.filter({ hasText: 'It stays in Initializing because the API server refuses the pods of worker group "gpu_workers"' }).waitFor();
  const last = (await steps(page).last().textContent()) ?? "";
  assert.match(last, /The API server refuses the pods of worker group "gpu_workers"\. \[trap-group-name\]/);
});

shown("workers of a job in SidecarMode may come late", "#rule=trap-sidecar-ends-before-ready", async (page) => {
  const life = page.locator("#life");
  await life.filter({ hasText: "It ends in" }).waitFor();
  await page.getByLabel("Workers become ready after the job has ended").check();
  await life.filter({ hasText: "It stays in Initializing because the application ended before all workers were ready" }).waitFor();
});

shown("the reader chooses what happens", "#ex=k8s-job-with-retries", async (page) => {
  const life = page.locator("#life");
  await life.filter({ hasText: "It ends in Complete: 2 RayClusters, 2 batch Jobs, 2 started applications." }).waitFor();
  await page.getByLabel("The application").selectOption("fails");
  await life.filter({ hasText: "It ends in Failed: 3 RayClusters, 3 batch Jobs, 3 started applications." }).waitFor();
  await page.getByLabel("The submitter gives up").check();
  await life.filter({ hasText: "3 batch Jobs, 0 started applications." }).waitFor();
  await page.getByLabel("The submitter gives up").uncheck();
  await page.getByLabel("The application").selectOption("succeeds");
  await page.getByLabel("Suspend while running").check();
  await life.filter({ hasText: "A user sets suspend." }).waitFor();
});

shown("what only one mode has is offered only there", "#ex=interactive", async (page) => {
  await page.getByLabel("A user submits").waitFor();
  assert.equal(await page.getByLabel("The submitter gives up").isVisible(), false);
  assert.equal(await page.getByLabel("Workers become ready after the job has ended").isVisible(), false);
  await page.getByLabel("A user submits").selectOption("never");
  await page.locator("#life", { hasText: "It stays in Waiting" }).waitFor();
});

shown("the two limits are multiplied", "#ex=k8s-job-with-retries", async (page) => {
  const life = page.locator("#life");
  await life.filter({ hasText: "spec.backoffLimit 2 allows 3 attempts" }).waitFor();
  await life.filter({ hasText: "at most 3 × 1 = 3 in all" }).waitFor();
});

shown("each release is compared", "#ex=interactive-backoff", async (page) => {
  await settled(page);
  await page.locator("#releases tbody tr").nth(4).waitFor();
  const rows = await page.locator("#releases tbody tr").allTextContents();
  assert.equal(rows.length, 5);
  assert.match(rows[0] ?? "", /^1\.3denies: .*trap-interactive-retry.*Stays in Running/);
  assert.match(rows[1] ?? "", /^1\.4denies: .*interactive-backoff.*Refuses the stored object/);
  assert.match(rows[4] ?? "", /ValidationFailed/);
});

shown("what the shells make of the entrypoint is shown, word by word", "#rule=trap-entrypoint-operator-on-head", async (page) => {
  const readings = page.locator("#readings");
  await readings.getByRole("heading", { name: "What the head runs" }).waitFor();
  const steps = readings.locator(":scope > ol > li");
  assert.equal(await steps.count(), 3);
  assert.deepEqual(await steps.nth(0).locator("li").allTextContents(), ["python", "-c", "print(1)"]);
  assert.equal(await steps.nth(1).textContent(), "Ray 2.52 makes of them: python -c print(1)");
  assert.equal(await steps.nth(2).locator(".kept").textContent(), "It stops with an error at (1)");
  await write(page, "text", job());
  await verdict(page, /^Accepted/);
  assert.equal(await readings.textContent(), "");
});

shown("an entrypoint is text on the page, whatever is in it", "", async (page) => {
  await write(page, "text", job().replace("python train.py", "python '<img src=x onerror=alert(1)>' a && b"));
  const readings = page.locator("#readings");
  await readings.getByText("<img src=x onerror=alert(1)>", { exact: true }).first().waitFor();
  await readings.getByText("&& b", { exact: true }).waitFor();
  assert.equal(await readings.locator("img").count(), 0);
});

shown("an object without a job has verdicts and no life", "#ex=ft-redis-address-env", async (page) => {
  await verdict(page, /^Denied$/);
  const releases = page.locator("#releases");
  await releases.filter({ hasText: "denies: ft-redis-address-env" }).waitFor();
  assert.deepEqual(await releases.locator("thead th").allTextContents(), ["KubeRay", "The policy"]);
  await page.locator("#findings .fix-line", { hasText: /accepted after this fix$/ }).first().waitFor();
  for (const card of ["#life-card", "#matrix-card"]) assert.equal(await page.locator(card).isVisible(), false, card);
  await page.locator("#example").selectOption("serve-application");
  await verdict(page, /^Accepted$/);
  assert.match((await page.locator("#verdict-about").textContent()) ?? "", /^RayService translate/);
  await page.locator("#example").selectOption("suspend");
  await page.locator("#life h3").first().waitFor();
  await page.locator("#matrix button").first().waitFor();
  assert.deepEqual(await releases.locator("thead th").allTextContents(), ["KubeRay", "The policy", "The operator"]);
});
