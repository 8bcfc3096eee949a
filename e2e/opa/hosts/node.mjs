// Asks the module in npm's @open-policy-agent/opa-wasm: a question in JSON a
// line in, the result a line out.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { loadPolicy } from "@open-policy-agent/opa-wasm";

const policy = await loadPolicy(readFileSync(process.argv[2]));
for await (const line of createInterface({ input: process.stdin })) {
  const { entryPoint, input, data } = JSON.parse(line);
  policy.setData(data);
  const [{ result }] = policy.evaluate(input, entryPoint);
  console.log(JSON.stringify(result));
}
