// Writing, and what is said of it.
import assert from "node:assert/strict";
import { inBrowser, job, lines, verdict, write } from "./kit.js";

const shown = inBrowser();

shown("the first thing to see is the rule that the policy is known for", "", async (page) => {
  await verdict(page, /^Denied$/);
  assert.equal(await page.locator("#example").inputValue(), "interactive-backoff");
  assert.match((await page.locator("#terminal").textContent()) ?? "", /denied the request: spec\.backoffLimit: .*\[interactive-backoff\]/);
});

shown("typing is judged at once", "#ex=interactive", async (page) => {
  await verdict(page, /^Accepted$/);
  await page.locator("#editor-text .cm-line", { hasText: "submissionMode" }).click();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("backoffLimit: 1");
  await verdict(page, /^Denied$/);
  assert.ok((await lines(page)).includes("  backoffLimit: 1"), "a new line is indented like the one before");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("0");
  await verdict(page, /^Accepted$/);
});

shown("the offending value is underlined, behind an emoji too", "", async (page) => {
  await write(page, "text", `# 🚀\n${job("suspend: true")}`);
  const underlined = page.locator("#editor-text .cm-lintRange-error");
  await underlined.first().waitFor();
  assert.deepEqual(await underlined.allTextContents(), ["suspend: true"]);
});

shown("a fix changes its lines and nothing else", "#ex=interactive-backoff", async (page) => {
  const before = await lines(page);
  const fix = page.locator("#findings button", { hasText: "Set backoffLimit to 0" });
  await page.locator("#findings .fix-line", { hasText: "accepted after this fix" }).first().waitFor();
  assert.equal(await page.locator("#findings .diff ins").first().textContent(), "+   backoffLimit: 0");
  await fix.click();
  await verdict(page, /^Accepted$/);
  const after = await lines(page);
  assert.deepEqual(after.filter((line, index) => line !== before[index]), ["  backoffLimit: 0"]);
  await page.locator("#editor-text .cm-content").focus();
  await page.keyboard.press("ControlOrMeta+z");
  await verdict(page, /^Denied$/);
});

shown("what a fix leaves is told before it is applied", "#ex=interactive-backoff", async (page) => {
  const line = page.locator("#findings .fix-line", { hasText: "K8sJobMode" });
  await line.filter({ hasText: "still denied after this fix; remaining: trap-entrypoint-empty" }).waitFor();
  const accepted = page.locator("#findings .fix-line", { hasText: "accepted after this fix" });
  await accepted.filter({ hasText: "With the events chosen below, the job ends in Failed." }).waitFor();
  await page.locator("select[name=outcome]").selectOption("succeeds");
  await accepted.filter({ hasText: "With the events chosen below, the job ends in Complete." }).waitFor();
});

shown("an underlined value explains its rule", "#ex=interactive-backoff", async (page) => {
  await page.locator("#editor-text .cm-lintRange-error").hover();
  const tooltip = page.locator("#editor-text .cm-tooltip-lint");
  await tooltip.waitFor();
  const text = (await tooltip.textContent()) ?? "";
  assert.match(text, /Found when: submissionMode is InteractiveMode and backoffLimit is above 0\./);
  assert.match(text, /Source: kuberay/);
  await tooltip.getByRole("button", { name: /Set backoffLimit to 0/ }).click();
  await verdict(page, /^Accepted$/);
});

shown("several objects are judged one by one", "", async (page) => {
  await write(page, "text", `${job("suspend: true")}---\n${job().replace("train\n", "fine\n")}`);
  const buttons = page.locator("#documents button");
  await buttons.nth(1).waitFor();
  assert.deepEqual(await buttons.allTextContents(), ["denied RayJob train", "accepted RayJob fine"]);
  await buttons.nth(0).click();
  await verdict(page, /^Denied$/);
  await buttons.nth(1).click();
  await verdict(page, /^Accepted$/);
});

shown("JSON, lists and AdmissionReviews are read", "", async (page) => {
  const object = {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: { name: "train" },
    spec: { suspend: true, entrypoint: "python train.py", clusterSelector: { "ray.io/cluster": "c" } },
  };
  const request = { uid: "1", kind: { group: "ray.io", version: "v1", kind: "RayJob" }, operation: "CREATE", object };
  for (const text of [object, { apiVersion: "v1", kind: "List", items: [object] }, { kind: "AdmissionReview", request }]) {
    await write(page, "text", JSON.stringify({ kind: "ConfigMap" }));
    await verdict(page, /^Nothing to judge$/);
    await write(page, "text", JSON.stringify(text, null, 2));
    await verdict(page, /^Denied$/);
  }
});

shown("what cannot be read is told at its line", "", async (page) => {
  await write(page, "text", "apiVersion: ray.io/v1\nkind: [RayJob\n");
  await verdict(page, /^Cannot be read$/);
  assert.match((await page.locator("#verdict-about").textContent()) ?? "", /^Line \d+: /);
});

shown("settings decide, and their faults are all told", "#ex=interactive-backoff", async (page) => {
  await write(page, "settings", "rules: {interactive-backoff: warn}\n");
  await verdict(page, /^Accepted with 1 warning$/);
  await write(page, "settings", 'kuberayVersion: "1.8"\nrules: {interactive-backof: warn}\n');
  await verdict(page, /^Invalid settings$/);
  const faults = await page.locator("#settings-faults li").allTextContents();
  assert.equal(faults.length, 2);
  assert.match(faults.join("\n"), /did you mean interactive-backoff\?/);
  for (const stale of ["#findings article", "#terminal", "#releases-card", "#life-card", "#matrix-card"]) {
    assert.equal(await page.locator(stale).isVisible(), false, stale);
  }
});

shown("the release can be chosen", "#ex=interactive-backoff", async (page) => {
  await page.locator("#release").selectOption("1.3");
  await page.locator("#verdict-about", { hasText: "for KubeRay 1.3" }).waitFor();
  await page.locator("#terminal", { hasText: "[trap-interactive-retry]" }).waitFor();
  assert.deepEqual(await lines(page, "settings"), ['kuberayVersion: "1.3"', ""]);
});

shown("the release of a pasted policy is the one that is named and chosen", "#ex=interactive-backoff", async (page) => {
  const policy = ["kind: ClusterAdmissionPolicy", "spec:", "  settings:", "    kuberayVersion: v1.5.1 # ours", "    rules: {}", ""];
  await write(page, "settings", policy.join("\n"));
  await page.locator("#verdict-about", { hasText: "for KubeRay 1.5" }).waitFor();
  assert.equal(await page.locator("#release").inputValue(), "1.5");
  await page.locator("#releases .chosen", { hasText: /^1\.5/ }).waitFor();
  await page.locator("#life", { hasText: "KubeRay 1.5 refuses this job" }).waitFor();
  await page.locator("#release").selectOption("1.4");
  await page.locator("#verdict-about", { hasText: "for KubeRay 1.4" }).waitFor();
  assert.deepEqual(await lines(page, "settings"), policy.with(3, '    kuberayVersion: "1.4" # ours'));
});

shown("where no release can be written, that is told", "#ex=interactive-backoff", async (page) => {
  await write(page, "settings", "rules: [\n");
  await verdict(page, /^Invalid settings$/);
  assert.equal(await page.locator("#release").inputValue(), "");
  await page.locator("#release").selectOption("1.4");
  await page.locator("#notice", { hasText: "The release cannot be set to 1.4 here." }).waitFor();
  assert.equal(await page.locator("#release").inputValue(), "");
  assert.deepEqual(await lines(page, "settings"), ["rules: [", ""]);
});

shown("a question of Kubewarden is judged for its own release", "", async (page) => {
  const request = { uid: "1", kind: { group: "ray.io", version: "v1", kind: "RayJob" }, operation: "CREATE", object: {} };
  await write(page, "text", JSON.stringify({ request, settings: { kuberayVersion: "1.4" } }));
  await page.locator("#verdict-about", { hasText: "for KubeRay 1.4" }).waitFor();
  assert.equal(await page.locator("#release").inputValue(), "1.4");
});

shown("an object that is stored is updated: only what is new is denied", "#ex=interactive-backoff", async (page) => {
  await page.locator("#tab-stored").click();
  await page.locator("#take").click();
  await verdict(page, /^Accepted with 1 warning$/);
  await page.locator("#findings", { hasText: "as stored" }).waitFor();
  await page.locator("#tab-text").click();
  await page.locator("#editor-text .cm-line", { hasText: "backoffLimit" }).click();
  await page.keyboard.press("End");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("3");
  await verdict(page, /^Denied$/);
});

shown("every rule can be tried", "", async (page) => {
  await page.locator("#search").fill("ttl shutdown");
  await page.locator(".rule", { hasText: "ttl-needs-shutdown" }).getByRole("button", { name: "Try it" }).click();
  await page.locator("#terminal", { hasText: "[ttl-needs-shutdown]" }).waitFor();
  await page.locator(".rule", { hasText: "ttl-needs-shutdown" }).getByRole("button", { name: "Try the accepted version" }).click();
  await verdict(page, /^Accepted$/);
});

shown("the matrix comes from judged jobs, and marks this one", "#ex=interactive-backoff", async (page) => {
  const cell = page.getByRole("button", { name: "InteractiveMode with backoffLimit: denied, as in this object" });
  await cell.click();
  await page.locator("#matrix-says", { hasText: "[interactive-backoff]" }).waitFor();
  await page.locator("#release").selectOption("1.4");
  await page.locator("#matrix tbody tr").nth(2).waitFor();
  await page.waitForFunction(() => document.querySelectorAll("#matrix tbody tr").length === 3);
});
