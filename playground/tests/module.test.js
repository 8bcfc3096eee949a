// The module that the page carries.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fragment, inBrowser, job, verdict } from "./kit.js";

// `make compile` builds the program that prints the vectors, with those of the rules' examples.
const VECTORS = fileURLToPath(new URL("../../target/debug/vectors", import.meta.url));

const shown = inBrowser();

const vectors = execFileSync(VECTORS, { encoding: "utf8", maxBuffer: 100 << 20 })
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

/** Findings of a text that are no findings of a rule. */
const REFUSALS = ["unreadable-request", "invalid-settings"];

shown("it says of every vector what the policy says", "", async (page) => {
  const questions = vectors.map(({ request, review, settings, cluster = [] }) => ({
    text: JSON.stringify({ request: request ?? review.request, ...(settings !== undefined && { settings }) }),
    options: { cluster: cluster.length > 0 ? JSON.stringify({ kind: "List", items: cluster }) : "" },
  }));
  const answers = await page.evaluate(async (questions) => {
    const url = performance.getEntriesByType("resource").find(({ name }) => /\/worker-[^/]*\.js$/.test(name))?.name;
    const worker = new Worker(url ?? "", { type: "module" });
    /** @type {import("../src/protocol.ts").Checked[]} */
    const answers = [];
    for (const ask of questions) {
      const answer = new Promise((resolve) => worker.addEventListener("message", ({ data }) => resolve(data.answer), { once: true }));
      worker.postMessage({ topic: "check", ask });
      answers.push(await answer);
    }
    worker.terminate();
    return answers;
  }, questions);
  vectors.forEach(({ name, expect }, index) => {
    const document = answers[index]?.documents[0];
    const findings = document?.findings.filter(({ rule }) => !REFUSALS.includes(rule)) ?? [];
    assert.deepEqual(
      {
        allowed: document?.response.allowed ?? true,
        findings: findings.map(({ rule, path, level }) => ({ rule, path, level })),
        message: document?.response.status?.message ?? null,
        warnings: document?.response.warnings ?? [],
        unavailable: document?.response.auditAnnotations?.unavailable,
      },
      { ...expect, message: expect.message ?? null, unavailable: expect.unavailable },
      name,
    );
  });
});

shown("the page names the module by its digest", "", async (page) => {
  await page.locator("#about", { hasText: /rayjob-policy \d+\.\d+\.\d+, KubeRay 1\.3 to 1\.7, \d+ rules, module sha256:[0-9a-f]{64}/ }).waitFor();
});

const megabyte = Array.from({ length: 3500 }, (_, n) => job("suspend: true").replace("train\n", `train-${n}\n`)).join("---\n");

shown("a megabyte does not hold up typing", fragment({ text: megabyte }), async (page) => {
  assert.ok(megabyte.length > 1_000_000);
  await verdict(page, /^Denied$/);
  await page.locator("#editor-text .cm-content").focus();
  await page.keyboard.press("ControlOrMeta+Home");
  await page.keyboard.type("# typed while the worker judges");
  assert.equal(await page.locator("#editor-text .cm-line").first().textContent(), "# typed while the worker judgesapiVersion: ray.io/v1");
});
