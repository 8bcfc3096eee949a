// What the page weighs.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const FOLDER = new URL("../../dist/playground/", import.meta.url);

const LARGEST = 600 * 1024;

test("the whole page has at most 600 KiB, gzipped", () => {
  const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const sizes = files.map(({ parentPath, name }) => ({ name, size: gzipSync(readFileSync(`${parentPath}/${name}`), { level: 9 }).length }));
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  assert.ok(sizes.length > 5);
  assert.ok(total <= LARGEST, `${total} bytes: ${sizes.map(({ name, size }) => `${name} ${size}`).join(", ")}`);
});
