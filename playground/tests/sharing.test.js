// Links, examples, and copying.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fragment, inBrowser, job, lines, settled, verdict, write } from "./kit.js";

const shown = inBrowser();

shown("a link carries the texts from one page to another", "", async (page, url) => {
  await write(page, "settings", "rules: {suspend-needs-shutdown: warn}\n");
  await write(page, "stored", job());
  await write(page, "text", job("suspend: true"));
  await page.locator("#share").click();
  await page.locator("#notice", { hasText: "Link copied." }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(copied.startsWith(`${url}#v1=`));
  const other = await page.context().newPage();
  await other.goto(copied);
  await verdict(other, /^Accepted with \d warnings?$/);
  assert.deepEqual(await lines(other), await lines(page));
  assert.deepEqual(await lines(other, "settings"), await lines(page, "settings"));
  assert.deepEqual(await lines(other, "stored"), await lines(page, "stored"));
  await other.close();
});

shown("the objects of a cluster stay out of links and copies", "#rule=live-raycluster-missing", async (page, url) => {
  await verdict(page, /^Accepted with 1 warning$/);
  assert.ok((await lines(page, "cluster")).some((line) => line.includes("RayCluster")));
  await page.locator("#share").click();
  await page.locator("#notice", { hasText: "everything but the tab Cluster; nothing was sent" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  await page.locator("#copy-as").click();
  await page.locator("#copy-format").selectOption("cli");
  const command = await page.locator("#copy-text").inputValue();
  assert.match(command, /\nrayjob-policy check .*--cluster cluster\.json job\.yaml\n$/);
  assert.ok(!command.includes("kind: RayCluster"));
  const other = await page.context().newPage();
  await other.goto(copied);
  await verdict(other, /^Accepted$/);
  assert.deepEqual(await lines(other), await lines(page));
  assert.deepEqual(await lines(other, "cluster"), [""]);
  await other.close();
  await page.goto(`${url}#ex=selector`);
  await verdict(page, /^Accepted$/);
  assert.deepEqual(await lines(page, "cluster"), [""], "it belongs to the example before");
});

shown("every link in the documents names a rule that the page can show", "", async (page) => {
  const folder = new URL("../../docs/rules/", import.meta.url);
  const pages = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
  const linked = pages.flatMap((text) => [...text.matchAll(/\/rayjob-policy\/#rule=([^)]*)\)/g)].map(([, id]) => id));
  assert.ok(linked.length > 300, `${linked.length} links`);
  await page.locator("#rules .rule").first().waitFor({ state: "attached" });
  const shown = await page.locator("#rules .rule", { has: page.locator("button", { hasText: /^Try it$/ }) }).evaluateAll((entries) =>
    entries.map((entry) => entry.querySelector("h3")?.textContent),
  );
  assert.deepEqual(linked.filter((id) => !shown.includes(id)), []);
});

shown("an example is shared by its name", "#ex=selector-backoff", async (page, url) => {
  await page.locator("#share").click();
  await page.locator("#notice", { hasText: "copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${url}#ex=selector-backoff`);
});

shown("every example is judged as its comment says", "", async (page) => {
  const names = await page.locator("#example option").evaluateAll((options) =>
    options.map((option) => /** @type {HTMLOptionElement} */ (option).value).filter(Boolean),
  );
  assert.ok(names.length >= 15);
  for (const name of names) {
    await page.locator("#example").selectOption(name);
    await page.waitForFunction((name) => location.hash === `#ex=${name}`, name);
    const [, rules] = /^# denied: (.*)$/.exec((await lines(page))[1] ?? "") ?? [];
    await verdict(page, rules ? /^Denied$/ : /^Accepted$/);
    if (rules) await page.locator("#terminal", { hasText: `[${rules}]` }).waitFor();
  }
});

for (const [name, place, says] of /** @type {const} */ ([
  ["damaged", "#v1=xyz", "it is damaged"],
  ["no base64", "#v1=$$$", "it is damaged"],
  ["no object", fragment([1]), "it is damaged"],
  ["with a number for a text", fragment({ text: 1 }), "its text is not a string"],
  ["with an unknown field", fragment({ text: "", html: "<b>" }), "it has an unknown field"],
  ["too large", fragment({ text: " ".repeat(5_000_000) }), "it is too large"],
])) {
  shown(`a link that is ${name} is refused in one line`, place, async (page) => {
    await page.locator("#notice", { hasText: `This link cannot be opened: ${says}.` }).waitFor();
  });
}

shown("a name that is no example is told", "#ex=nothing", async (page) => {
  await page.locator("#notice", { hasText: "Unknown example." }).waitFor();
});

shown("an object is copied in many forms", "#ex=interactive-backoff", async (page) => {
  await page.locator("#copy-as").click();
  const text = page.locator("#copy-text");
  const copied = async (/** @type {string} */ format) => {
    await page.locator("#copy-format").selectOption(format);
    return await text.inputValue();
  };
  assert.match(await copied("markdown"), /^\*\*Denied\*\* by \[rayjob-policy\].*\n\n- line \d+: spec\.backoffLimit: /);
  assert.match(await copied("cli"), /\nrayjob-policy check job\.yaml\n$/);
  assert.match(await copied("kwctl"), /\nkwctl run --request-path review\.json policy\.yaml\n$/);
  const review = JSON.parse(await copied("review"));
  assert.equal(review.kind, "AdmissionReview");
  assert.equal(review.request.object.spec.backoffLimit, 2);
  const response = JSON.parse(await copied("response"));
  assert.equal(response.allowed, false);
  assert.equal(response.auditAnnotations.findings, "interactive-backoff");
  assert.match(await copied("policy"), /^kind: ClusterAdmissionPolicy$/m);
  await page.locator("#copy-button").click();
  await page.locator("#copy-button", { hasText: "Copied" }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await text.inputValue());
});

shown("a copied AdmissionReview gets the same verdict", "#ex=interactive-backoff", async (page) => {
  await page.locator("#copy-as").click();
  await page.locator("#copy-format").selectOption("review");
  const review = await page.locator("#copy-text").inputValue();
  await page.locator("#copy-close").click();
  await write(page, "text", review);
  await page.locator("#verdict-about", { hasText: "a request about RayJob explore" }).waitFor();
  await verdict(page, /^Denied$/);
});

shown("copies say what is stored as well", "", async (page) => {
  const inNamespace = (/** @type {string} */ namespace, /** @type {string[]} */ ...spec) =>
    job(...spec).replace("name: train\n", `name: train\n  namespace: ${namespace}\n`);
  await write(page, "stored", `${inNamespace("a")}---\n${inNamespace("b", "suspend: true")}`);
  await write(page, "text", inNamespace("b", "suspend: true"));
  await verdict(page, /^Accepted with \d warnings?$/);
  await page.locator("#copy-as").click();
  const format = page.locator("#copy-format");
  await format.selectOption("review");
  const { request } = JSON.parse(await page.locator("#copy-text").inputValue());
  assert.equal(request.operation, "UPDATE");
  assert.deepEqual([request.oldObject.metadata.namespace, request.oldObject.spec.suspend], ["b", true]);
  await format.selectOption("cli");
  const command = await page.locator("#copy-text").inputValue();
  assert.match(command, /\ncat >stored\.yaml <<'EOF'\napiVersion/);
  assert.match(command, /\nrayjob-policy check --stored stored\.yaml job\.yaml\n$/);
});

shown("a request is copied as it is written", "", async (page) => {
  const object = { apiVersion: "ray.io/v1", kind: "RayJob", metadata: { name: "train" }, spec: { suspend: true } };
  const request = {
    uid: "7",
    kind: { group: "ray.io", version: "v1", kind: "RayJob" },
    operation: "UPDATE",
    userInfo: { username: "system:serviceaccount:ray:operator" },
    options: { fieldManager: "kubectl" },
    object,
    oldObject: { ...object, spec: { suspend: false } },
  };
  await write(page, "text", JSON.stringify({ request, settings: { rules: { "suspend-needs-shutdown": "warn" } } }));
  await page.locator("#verdict-about", { hasText: "a request about RayJob train" }).waitFor();
  await page.locator("#copy-as").click();
  const format = page.locator("#copy-format");
  await format.selectOption("review");
  const review = JSON.parse(await page.locator("#copy-text").inputValue());
  assert.deepEqual(review, { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request });
  await format.selectOption("policy");
  assert.match(await page.locator("#copy-text").inputValue(), /settings:\n    \{"rules":\{"suspend-needs-shutdown":"warn"\}\}\n$/);
});

shown("a copied policy can be pasted as settings", "#ex=interactive-backoff", async (page) => {
  await write(page, "settings", "rules: {interactive-backoff: warn}\n");
  await page.locator("#copy-as").click();
  await page.locator("#copy-format").selectOption("policy");
  const policy = await page.locator("#copy-text").inputValue();
  await page.locator("#copy-close").click();
  await write(page, "settings", policy);
  await verdict(page, /^Accepted with 1 warning$/);
  await page.locator("#copy-as").click();
  assert.equal(await page.locator("#copy-text").inputValue(), policy, "and is not put into another one");
});

shown("in another page it is only the tool", "?embed#ex=interactive", async (page) => {
  await settled(page);
  assert.equal(await page.locator("#rules-card").isVisible(), false);
  assert.equal(await page.locator("#open").isVisible(), true);
  await verdict(page, /^Accepted$/);
});
