// How long a check takes in the page's worker: `make bench`.
import { executable, launch } from "./browser.js";
import { address, serve } from "./serve.js";

/**
 * A manifest of about this size: a RayJob with many variables.
 * @param {number} size in bytes
 */
function manifest(size) {
  const head = `apiVersion: ray.io/v1
kind: RayJob
metadata:
  name: train
spec:
  submissionMode: InteractiveMode
  backoffLimit: 2
  rayClusterSpec:
    rayVersion: 2.52.0
    headGroupSpec:
      rayStartParams: {}
      template:
        spec:
          containers:
          - name: ray-head
            image: "rayproject/ray:2.52.0"
            env:
`;
  let text = head;
  for (let n = 0; text.length < size; n++) text += `            - {name: VARIABLE_${n}, value: "value ${n}"}\n`;
  return text;
}

if (executable) {
  const server = await serve(0);
  const context = await launch({ serviceWorkers: "block" });
  const page = await context.newPage();
  await page.goto(address(server));
  await page.locator("#verdict:not([aria-busy])").waitFor();
  console.log("| manifest | ms a keystroke, median | 99th percentile |");
  console.log("|---|--:|--:|");
  for (const [name, size, keystrokes] of /** @type {const} */ ([
    ["5 KB", 5_000, 500],
    ["1 MB", 1_000_000, 30],
  ])) {
    const times = await page.evaluate(
      async ({ text, keystrokes }) => {
        const url = performance.getEntriesByType("resource").find(({ name }) => /\/worker-[^/]*\.js$/.test(name))?.name;
        const worker = new Worker(url ?? "", { type: "module" });
        const times = [];
        for (let n = 0; n < keystrokes + 20; n++) {
          const answered = new Promise((resolve) => worker.addEventListener("message", resolve, { once: true }));
          const start = performance.now();
          worker.postMessage({ topic: "check", ask: { text: `${text}# ${"x".repeat(n)}\n`, options: {} } });
          await answered;
          // The first ones are slower: the engine has not optimised yet.
          if (n >= 20) times.push(performance.now() - start);
        }
        worker.terminate();
        return times.sort((a, b) => a - b);
      },
      { text: manifest(size), keystrokes },
    );
    const at = (/** @type {number} */ share) => (times[Math.floor(times.length * share)] ?? NaN).toFixed(1);
    console.log(`| ${name} | ${at(0.5)} | ${at(0.99)} |`);
  }
  await context.close();
  server.close();
} else {
  console.log("skipped: the page: there is no Chromium");
}
