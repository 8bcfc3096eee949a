// The system's Chromium, for the tests and the measurements; its headless shell starts and draws in less time.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const PLACES = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Where Chromium is; `undefined` if it is not installed. */
export const executable = PLACES.find((place) => place !== undefined && existsSync(place));

/**
 * Starts Chromium with a profile of its own.
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
export async function launch(options) {
  // Without a name the profile is a new one, and is removed in the end.
  return await chromium.launchPersistentContext("", {
    executablePath: executable ?? "",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    ...options,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url) && !executable) {
  console.log("skipped: the page in a browser: there is no Chromium");
}
