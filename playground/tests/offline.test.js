// The page without a network.
import { test } from "node:test";
import { executable, launch } from "../browser.js";
import { address, serve } from "../serve.js";
import { settled, verdict } from "./kit.js";

test("after the first visit the page works without its host", { skip: !executable }, async () => {
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
