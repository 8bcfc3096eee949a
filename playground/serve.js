// Serves the built page on loopback: `node serve.js [port]`.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../dist/playground", import.meta.url));

/** @type {Record<string, string | undefined>} */
const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/**
 * Starts to serve a folder; port 0 is any that is free.
 * @param {number} port
 * @param {string} [folder]
 * @param {Record<string, string>} [headers] of every answer
 * @returns {Promise<import("node:http").Server>}
 */
export function serve(port, folder = FOLDER, headers = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = join(folder, normalize(pathname.endsWith("/") ? `${pathname}index.html` : pathname));
    const found = file.startsWith(folder + sep) && (await stat(file).catch(() => undefined))?.isFile();
    const type = TYPES[extname(file)];
    if (!found || !type) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": type, ...headers });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/**
 * Where a server is.
 * @param {import("node:http").Server} server
 */
export function address(server) {
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("the server does not listen");
  return `http://127.0.0.1:${address.port}/`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await serve(Number(process.argv[2] ?? 8000));
  console.log(`The playground is at ${address(server)} (Ctrl+C ends it)`);
}
