import init, * as policy from "policy";
import type { Answer, Judged, Options } from "policy";
import url from "../../dist/browser/rayjob_policy_bg.wasm?url";
import { apply, changedLines } from "./edits.ts";
import type { Checked, Consequence, Questions, Topic } from "./protocol.ts";

type Answers = { [T in Topic]: (ask: Questions[T]["ask"]) => Questions[T]["answer"] };

/** The text checked last. */
let text = "";
let options: Options = {};
let answer: Answer = { settings: [], documents: [], problems: [], notes: [], cluster: [] };
let digest = "";

const answers: Answers = {
  catalogue: () => ({ ...policy.catalogue(), digest }),
  check: (ask) => {
    ({ text, options } = ask);
    const start = performance.now();
    answer = policy.check(text, options);
    return { ...withoutObjects(answer), milliseconds: performance.now() - start };
  },
  withRelease: ({ settings, release }) => policy.withRelease(settings, release) ?? null,
  consequences: ({ index, release, simulation }) =>
    document(index).findings.map((finding) =>
      finding.fixes.map((fix) => consequence(index, fix.edits, (object) => policy.lifecycle(object, release, simulation).says)),
    ),
  releases: ({ index, simulation }) => policy.releases(text, index, options, simulation),
  lifecycle: ({ index, release, simulation }) => policy.lifecycle(document(index).object ?? {}, release, simulation),
  matrix: ({ index }) => policy.matrix(options.settings ?? "", answer.release ?? "", answer.documents[index]?.object ?? {}),
  objects: ({ index }) => {
    const { object, oldObject, envelope } = document(index);
    return { object, oldObject, envelope: envelope === null ? null : JSON.parse(envelope) };
  },
};

const ready = load();

self.addEventListener("message", async ({ data }: MessageEvent<{ topic: Topic; ask: never }>) => {
  try {
    await ready;
    self.postMessage({ answer: answers[data.topic](data.ask) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
});

async function load(): Promise<void> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the module cannot be loaded: ${response.status}`);
  const bytes = await response.arrayBuffer();
  await init({ module_or_path: bytes });
  // Browsers compute digests only over HTTPS and on localhost.
  const hash = crypto.subtle && (await crypto.subtle.digest("SHA-256", bytes));
  digest = hash ? [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("") : "";
}

function document(index: number): Judged {
  const found = answer.documents[index];
  if (!found) throw new Error("no such object");
  return found;
}

function withoutObjects({ documents, ...rest }: Answer): Omit<Checked, "milliseconds"> {
  return { ...rest, documents: documents.map(({ object: _, oldObject: _old, envelope: _envelope, ...document }) => document) };
}

function consequence(index: number, edits: policy.TextEdit[], live: (object: object) => string): Consequence {
  const after = policy.check(apply(text, edits), options).documents[index];
  return {
    allowed: after?.response.allowed ?? false,
    left: after?.findings.filter((finding) => finding.ignored === undefined).map((finding) => finding.rule) ?? [],
    says: after?.kind && after.object ? told(live, after.object) : "",
    ...changedLines(text, edits),
  };
}

/** Blank for an object with a field of the wrong type, which cannot be simulated. */
function told(live: (object: object) => string, object: object): string {
  try {
    return live(object);
  } catch {
    return "";
  }
}
