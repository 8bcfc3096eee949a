import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Adds the service worker, with the list of the files that it keeps. It comes
 * last, because the page itself is added late.
 */
function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    enforce: "post",
    generateBundle(_options, bundle) {
      if (!bundle["index.html"]) this.error("the service worker would not notice another index.html");
      const hash = createHash("sha256");
      const files = Object.keys(bundle).sort();
      for (const name of files) {
        const output = bundle[name]!;
        hash.update(name).update(output.type === "chunk" ? output.code : output.source);
      }
      const source = readFileSync(file("src/service-worker.js"), "utf8")
        .replace(/^ *\/\/.*\n/gm, "")
        .replace("__FILES__", JSON.stringify(["./", ...files.filter((name) => name !== "index.html")]))
        .replace("__VERSION__", JSON.stringify(hash.digest("hex").slice(0, 16)));
      this.emitFile({ type: "asset", fileName: "service-worker.js", source });
    },
  };
}

export default defineConfig({
  base: "./",
  define: { VECTORS: readdirSync(file("../tests/vectors")).filter((name) => name.endsWith(".json")).length },
  resolve: { alias: { policy: file("../dist/browser/rayjob_policy.js") } },
  worker: { format: "es" },
  build: {
    outDir: "../dist/playground",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Of the packages that parse languages nothing is used.
      treeshake: { moduleSideEffects: (id) => !/@lezer|@codemirror\/language/.test(id) },
    },
  },
  plugins: [offline()],
});
