// What the page lets in and out.
import assert from "node:assert/strict";
import { fragment, inBrowser, job, settled, write } from "./kit.js";

const MARKUP = "<img src=x onerror=alert(1)>";

const shown = inBrowser();

const hostile = job()
  .replace("name: train", `name: "${MARKUP}"`)
  .replace("spec:\n", `spec:\n  submissionMode: "${MARKUP}"\n  jobId: "${MARKUP}"\n  backoffLimit: 1\n  "${MARKUP}": "${MARKUP}"\n`);

for (const [name, place, hasMatrix = true] of /** @type {const} */ ([
  ["a manifest", fragment({ text: hostile })],
  ["settings", fragment({ text: hostile, settings: `rules: {"${MARKUP}": warn}\nkuberayVersion: "${MARKUP}"\n` }), false],
  ["a stored object", fragment({ text: hostile, stored: hostile })],
  ["what cannot be read", fragment({ text: `{"${MARKUP}": ${MARKUP}` })],
  ["the name of an example", `#ex=${encodeURIComponent(MARKUP)}`],
])) {
  shown(`markup in ${name} stays text`, place, async (page) => {
    if (hasMatrix) await page.locator("#matrix table").waitFor();
    const copy = page.locator("#copy-as");
    if (await copy.isEnabled()) await copy.click();
    const images = await page.evaluate(() => {
      const roots = [document, ...[...document.querySelectorAll("*")].flatMap((element) => element.shadowRoot ?? [])];
      return roots.flatMap((root) => [...root.querySelectorAll("img[src], img[onerror], script:not([src])")]).length;
    });
    assert.equal(images, 0);
  });
}

shown("every request goes to the page's own host", "", async (page, url) => {
  const other = await page.context().newPage();
  /** @type {string[]} */
  const requests = [];
  other.on("request", (request) => requests.push(request.url()));
  await other.goto(url);
  await settled(other);
  await write(other, "text", job("suspend: true"));
  await other.locator("#share").click();
  await other.locator("#notice", { hasText: "copied" }).waitFor();
  await other.close();
  assert.ok(requests.length > 3);
  assert.deepEqual(requests.filter((request) => !request.startsWith(url)), []);
});

shown("nothing of what is written is asked of the host", "", async (page, url) => {
  /** @type {string[]} */
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  await write(page, "text", job("suspend: true"));
  await page.locator("#terminal", { hasText: "suspend-needs-shutdown" }).waitFor();
  assert.deepEqual(requests, []);
  assert.ok(url);
});

shown("the content security policy is strict, and nothing breaks it", "", async (page, url) => {
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  assert.match(policy ?? "", /default-src 'none'; script-src 'self'; style-src 'self';.*connect-src 'self'/);
  assert.doesNotMatch(policy ?? "", /unsafe/);
  const other = await page.context().newPage();
  /** @type {string[]} */
  const complaints = [];
  other.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await other.goto(url);
  await other.locator("#life svg").first().waitFor();
  await other.locator("#editor-text .cm-lintRange-error").hover();
  await other.locator("#editor-text .cm-tooltip-lint").waitFor();
  await other.close();
  assert.deepEqual(complaints, []);
});
