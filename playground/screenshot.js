// Takes the picture of the README, docs/playground.png: `npm run screenshot`.
import { fileURLToPath } from "node:url";
import { launch } from "./browser.js";
import { address, serve } from "./serve.js";

const FILE = fileURLToPath(new URL("../docs/playground.png", import.meta.url));

const server = await serve(0);
const context = await launch({ viewport: { width: 1120, height: 660 }, colorScheme: "light", serviceWorkers: "block" });
const page = await context.newPage();
await page.goto(`${address(server)}#ex=interactive-backoff`);
await page.locator("#findings .diff").first().waitFor();
await page.screenshot({ path: FILE });
await context.close();
server.close();
