// What the tests in a browser share.
import { after, before, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { executable, launch } from "../browser.js";
import { address, serve } from "../serve.js";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */

/**
 * Tests on the built page, in one Chromium; each gets a page of its own, which
 * shows what its fragment names.
 * @param {import("playwright-core").BrowserContextOptions} options
 */
export function inBrowser(options = {}) {
  /** @type {import("node:http").Server} */
  let server;
  /** @type {BrowserContext} */
  let context;
  before(async () => {
    if (!executable) return;
    // As hosts of pages do, so that only the first page has to be compiled.
    server = await serve(0, undefined, { "cache-control": "max-age=3600" });
    context = await launch({
      viewport: { width: 1280, height: 900 },
      serviceWorkers: "block",
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    context.setDefaultTimeout(20_000);
  });
  after(async () => {
    await context?.close();
    server?.close();
  });
  /**
   * @param {string} name
   * @param {string} fragment
   * @param {(page: Page, url: string) => Promise<void>} body
   */
  return (name, fragment, body) =>
    test(name, { skip: !executable && "there is no Chromium" }, async () => {
      const page = await context.newPage();
      /** @type {Error[]} */
      const errors = [];
      page.on("pageerror", (error) => errors.push(error));
      page.on("dialog", async (dialog) => {
        errors.push(new Error(`the page has opened a dialog: ${dialog.message()}`));
        await dialog.dismiss();
      });
      try {
        const url = address(server);
        await page.goto(url + fragment);
        await settled(page);
        await body(page, url);
        if (errors.length > 0) throw new AggregateError(errors, "the page has thrown");
      } finally {
        await page.close();
      }
    });
}

// What runs in that page, which allows no string to be evaluated.
const isHeld = () => /** @type {any} */ (window).questions.held.length > 0;
const isDone = () => /** @type {any} */ (window).questions.asked === /** @type {any} */ (window).questions.answered;

/**
 * Another page, in which questions to the worker can be held up.
 * @param {Page} page
 * @param {string} url
 */
export async function held(page, url) {
  const other = await page.context().newPage();
  await other.addInitScript(() => {
    const questions = {
      hold: false,
      /** @type {{ topic: string; post: () => void }[]} */
      held: [],
      asked: 0,
      answered: 0,
      /** @type {Worker | undefined} */
      worker: undefined,
    };
    Object.assign(window, { questions });
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message) {
      if (!questions.worker) this.addEventListener("message", () => questions.answered++);
      questions.worker = this;
      questions.asked++;
      const question = { topic: message.topic, post: () => post.call(this, message) };
      if (questions.hold) questions.held.push(question);
      else question.post();
    };
  });
  await other.goto(url);
  return {
    page: other,
    hold: () => other.evaluate("questions.hold = true"),
    /**
     * Lets questions pass until one of this topic is held.
     * @param {string} topic
     */
    until: async (topic) => {
      for (;;) {
        await other.waitForFunction(isHeld);
        if ((await other.evaluate("questions.held[0].topic")) === topic) return;
        await other.evaluate("questions.held.shift().post()");
      }
    },
    /** Lets the question pass that is held, and waits for the next one. */
    pass: async () => {
      await other.evaluate("questions.held.shift().post()");
      await other.waitForFunction(isHeld);
    },
    /** Lets all pass, and waits until nothing is asked any more. */
    release: async () => {
      await other.evaluate("questions.hold = false; questions.held.splice(0).forEach(({ post }) => post())");
      await other.waitForFunction(isDone);
    },
  };
}

/**
 * Waits until the module has judged something.
 * @param {Page} page
 */
export async function settled(page) {
  await page.locator("#verdict:not([aria-busy])").waitFor();
}

/**
 * Waits for a verdict.
 * @param {Page} page
 * @param {string | RegExp} headline
 */
export async function verdict(page, headline) {
  await page.locator("#verdict-title").filter({ hasText: headline }).waitFor();
}

/**
 * Replaces what is in an editor, as if it was pasted.
 * @param {Page} page
 * @param {"text" | "settings" | "stored" | "cluster"} editor
 * @param {string} text
 */
export async function write(page, editor, text) {
  await page.locator(`#tab-${editor}`).click();
  await page.locator(`#editor-${editor} .cm-content`).focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

/**
 * The lines of an editor that are in sight.
 * @param {Page} page
 * @param {"text" | "settings" | "stored" | "cluster"} [editor]
 */
export async function lines(page, editor = "text") {
  return await page.locator(`#editor-${editor} .cm-line`).allTextContents();
}

/**
 * A RayJob with these lines in its spec.
 * @param {string[]} spec
 */
export function job(...spec) {
  return [
    "apiVersion: ray.io/v1",
    "kind: RayJob",
    "metadata:",
    "  name: train",
    "spec:",
    "  entrypoint: python train.py",
    ...spec.map((line) => `  ${line}`),
    "  rayClusterSpec:",
    "    rayVersion: 2.52.0",
    "    headGroupSpec:",
    "      rayStartParams: {}",
    "      template: {spec: {containers: [{name: ray-head, image: \"rayproject/ray:2.52.0\"}]}}",
    "",
  ].join("\n");
}

/**
 * The fragment of a link that carries this.
 * @param {unknown} shared
 */
export function fragment(shared) {
  return `#v1=${deflateRawSync(JSON.stringify(shared)).toString("base64url")}`;
}
