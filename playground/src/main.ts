import type { Example, Fix, SimulationOptions, Rule } from "policy";
import { openCopy } from "./copy.ts";
import { changes, diagnostics } from "./diagnostics.ts";
import { byId, h } from "./dom.ts";
import { Editor } from "./editor.ts";
import { Engine } from "./engine.ts";
import { byName, byText, first, groups } from "./examples.ts";
import { showFindings } from "./findings.ts";
import { Choices } from "./choices.ts";
import { refusal, showTrace } from "./lifecycle.ts";
import { showMatrix } from "./matrix.ts";
import { keepForOffline } from "./offline.ts";
import type { Checked, Consequence, Document, Questions, Topic } from "./protocol.ts";
import { showReadings } from "./readings.ts";
import { showReleases } from "./releases.ts";
import { showRules } from "./rules.ts";
import { decode, encode, type Shared } from "./share.ts";
import { tabs } from "./tabs.ts";
import { showFailure, showVerdict } from "./verdict.ts";

/** The number of cases that every host is tested with, counted by the build. */
declare const VECTORS: number;

const KEYS: [keys: string, what: string][] = [
  ["F8", "next finding"],
  ["Ctrl .", "apply the first fix of the finding on this line"],
  ["Ctrl Z", "undo"],
  ["Ctrl S", "share: copy a link to the current input"],
  ["Esc, Tab", "leave the editor"],
];

const engine = new Engine();
const rules = new Map<string, Rule>();
let checked: Checked | undefined;
/** The text that was checked, which the findings and the edits of their fixes refer to. */
let checkedText = "";
let selected = 0;
/** Counts the lifecycles shown, so that an answer to an older question is dropped. */
let turn = 0;
let version = "";

const manifest = new Editor(byId("editor-text"), { label: "Manifest", onChange: check, onCursor: select });
const settings = new Editor(byId("editor-settings"), {
  label: "Policy settings",
  example: 'For example:\n\nkuberayVersion: "1.6"\nfeatureGates: {RayCronJob: true}\nrules: {interactive-backoff: warn, "trap-*": "off"}',
  onChange: check,
});
const stored = new Editor(byId("editor-stored"), { label: "Stored objects", onChange: check });
const cluster = new Editor(byId("editor-cluster"), { label: "Objects of the cluster", onChange: check });
const choices = new Choices(() => void live());
const showTab = tabs(byId("tabs"));
const example = byId<HTMLSelectElement>("example");
const release = byId<HTMLSelectElement>("release");

void start();

async function start(): Promise<void> {
  document.documentElement.classList.toggle("embed", new URLSearchParams(location.search).has("embed"));
  example.append(
    h("option", { value: "" }, "Your own"),
    ...groups.map(([label, examples]) =>
      h("optgroup", { label }, ...examples.map(({ name, title }) => h("option", { value: name }, title))),
    ),
  );
  listen();
  const needsRules = location.hash.startsWith("#rule=");
  if (!needsRules) await open(location.hash);
  keepForOffline();
  try {
    const catalogue = await engine.ask("catalogue", () => ({}));
    for (const rule of catalogue.families.flatMap((family) => family.rules)) rules.set(rule.id, rule);
    release.append(...catalogue.releases.map((name) => h("option", { value: name }, name)));
    version = catalogue.version;
    const digest = catalogue.digest ? `module sha256:${catalogue.digest}` : "no module digest: not served over HTTPS";
    byId("about").textContent =
      `rayjob-policy ${catalogue.version}, KubeRay ${catalogue.releases[0]} to ${catalogue.releases.at(-1)}, ${rules.size} rules, ${digest}`;
    byId("parity").textContent = `${VECTORS} recorded cases get the same verdict here, on the command line, in Kubewarden and in OPA.`;
    showRules(catalogue, (shown) => {
      write(shown);
      window.scrollTo({ top: 0 });
    });
    if (needsRules) await open(location.hash);
    else void check();
  } catch (error) {
    fail(error);
  }
}

function listen(): void {
  window.addEventListener("hashchange", () => void open(location.hash));
  example.addEventListener("change", () => {
    history.replaceState(null, "", example.value ? `#ex=${example.value}` : location.pathname);
    void open(location.hash);
  });
  release.addEventListener("change", () => void choose(release.value));
  byId("take").addEventListener("click", () => {
    stored.text = manifest.text;
  });
  byId("share").addEventListener("click", share);
  byId("copy-as").addEventListener("click", () => void copy());
  byId("help").addEventListener("click", help);
  byId("open").addEventListener("click", async () => window.open(await link(), "_blank", "noopener"));
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      void share();
    }
  });
}

/** Opens the content of a fragment: an example, a rule, or a shared input. */
async function open(fragment: string): Promise<void> {
  byId("notice").hidden = true;
  try {
    const named = await read(fragment);
    if (named) write(named);
  } catch (error) {
    notify((error as Error).message);
  }
  if (!manifest.text) write({ text: first.text, settings: "", stored: "" });
  void check();
}

async function read(fragment: string): Promise<Shared | undefined> {
  const [, kind, value = ""] = /^#(ex|rule|v1)=(.*)$/.exec(fragment) ?? [];
  if (kind === "ex") {
    const named = byName(value);
    if (!named) throw new Error("Unknown example.");
    return { text: named.text, settings: "", stored: "" };
  }
  if (kind === "rule") {
    const shown = rules.get(value)?.bad;
    if (!shown) throw new Error("Unknown rule, or a rule without an example.");
    return shown;
  }
  if (kind === "v1") {
    return decode(value).catch((error: Error) => {
      throw new Error(`This link cannot be opened: ${error.message}.`);
    });
  }
  return undefined;
}

function write(shared: Shared & Partial<Example>): void {
  if (manifest.text !== shared.text) manifest.text = shared.text;
  if (settings.text !== shared.settings) settings.text = shared.settings;
  if (stored.text !== shared.stored) stored.text = shared.stored;
  // A link has no objects of a cluster.
  if (cluster.text !== (shared.cluster ?? "")) cluster.text = shared.cluster ?? "";
  showTab("tab-text");
}

async function check(): Promise<void> {
  example.value = byText(manifest.text)?.name ?? "";
  let text = "";
  const make = () => {
    text = manifest.text;
    return { text, options: { settings: settings.text, stored: stored.text, cluster: cluster.text } };
  };
  const answer = await engine.ask("check", make).catch(fail);
  // Newer input is checked next.
  if (!answer || text !== manifest.text) return;
  checked = answer;
  checkedText = text;
  manifest.show(diagnostics(answer, rules, apply));
  showFaults("settings", answer.settings, "kuberayVersion, featureGates, kueue, batchScheduler, cluster and rules, as in a ClusterAdmissionPolicy. The settings are valid.");
  showFaults("cluster", answer.cluster, "");
  show(atCursor());
}

/** Shows an error and clears the previous answer. */
function fail(error: unknown): undefined {
  checked = undefined;
  turn++;
  manifest.show([]);
  findings(undefined, []);
  for (const id of ["releases-card", "life-card", "matrix-card"]) byId(id).hidden = true;
  byId<HTMLButtonElement>("copy-as").disabled = true;
  showFailure(error);
}

/** Writes a release into the settings. */
async function choose(chosen: string): Promise<void> {
  const before = settings.text;
  const after = await engine.ask("withRelease", () => ({ settings: before, release: chosen })).catch(() => null);
  if (after !== null && settings.text === before) settings.text = after;
  else {
    notify(`The release cannot be set to ${chosen} here. Write kuberayVersion into the settings, or fix the errors in them.`);
    showRelease();
  }
}

/** Shows the release that the selected object was judged for. */
function showRelease(): void {
  release.value = (checked?.documents[selected] ?? checked)?.release ?? "";
}

/** Applies a fix, unless the text has changed in the meantime. */
function apply(fix: Fix): void {
  if (manifest.text === checkedText) manifest.change(changes(fix));
}

/** Selects the object that the cursor moved to. */
function select(): void {
  if (atCursor() !== selected) show(atCursor());
}

/** The object that the cursor is in, judging by its position. */
function atCursor(): number {
  const { cursor } = manifest;
  const behind = checked?.documents.findIndex(({ span }) => span.start.utf16 > cursor) ?? 0;
  const before = behind < 0 ? (checked?.documents.length ?? 0) : behind;
  return Math.max(before - 1, 0);
}

/** Shows one of the objects. */
function show(index: number): void {
  if (!checked) return;
  selected = index;
  const document = checked.documents[index];
  showRelease();
  showVerdict(checked, index, ({ span }) => manifest.reveal(span.start.utf16, span.end.utf16));
  byId("releases-card").hidden = !document?.kind;
  byId("life-card").hidden = !hasJob(document);
  byId<HTMLButtonElement>("copy-as").disabled = !document;
  showReadings(document?.readings ?? []);
  if (document) choices.offer(document);
  else findings(undefined, []);
  const shown: Promise<unknown>[] = [live()];
  const hasMatrix = checked.settings.length === 0 && (!document?.kind || hasJob(document));
  byId("matrix-card").hidden = !hasMatrix;
  if (hasMatrix) shown.push(ask("matrix", () => ({ index }), showMatrix));
  void Promise.all(shown).then(() => window.document.documentElement.classList.remove("loading"));
}

function findings(document: Document | undefined, consequences: Consequence[][]): void {
  showFindings(document, consequences, {
    rules,
    reveal: ({ span }) => {
      showTab("tab-text");
      manifest.reveal(span.start.utf16, span.end.utf16);
    },
    apply,
  });
}

/** Shows the lifecycle of the selected object, as it is and with each fix. */
async function live(): Promise<void> {
  const mine = ++turn;
  const isLast = () => mine === turn;
  const index = selected;
  const document = checked?.documents[index];
  if (!document) return;
  const simulation = choices.of(document, settings.text);
  const listed = ask("consequences", () => ({ index, release: document.release, simulation }), (consequences) => {
    if (isLast()) findings(document, consequences);
  });
  if (document.kind) await told(index, document.release, simulation, isLast);
  await listed;
}

async function told(index: number, chosen: string, simulation: SimulationOptions, isLast: () => boolean): Promise<void> {
  const told = await ask("releases", () => ({ index, simulation }), async (rows) => {
    if (!isLast()) return;
    showReleases(rows, chosen);
    const trace = rows.find((row) => row.release === chosen)?.trace;
    if (!trace) return;
    if (!refusal(trace)) return showTrace(chosen, trace, undefined);
    const unchecked = { ...simulation, unchecked: true };
    await ask("lifecycle", () => ({ index, release: chosen, simulation: unchecked }), (prevented) => {
      if (isLast()) showTrace(chosen, trace, prevented);
    });
  });
  if (!isLast()) return;
  byId("releases-card").hidden = !told;
  byId("life-card").hidden = !told || !hasJob(checked?.documents[index]);
}

/** Whether the object is of a kind that describes a job, which alone can be simulated. */
function hasJob(document: Document | undefined): boolean {
  return document?.kind.endsWith("Job") ?? false;
}

/** Shows an answer, if there is one: an object with a field of the wrong type cannot be simulated. */
async function ask<T extends Topic>(
  topic: T,
  make: () => Questions[T]["ask"],
  show: (answer: Questions[T]["answer"]) => void | Promise<void>,
): Promise<boolean> {
  try {
    await show(await engine.ask(topic, make));
    return true;
  } catch {
    return false;
  }
}

/** Shows below an editor what is wrong with its text, or else a hint. */
function showFaults(editor: "settings" | "cluster", faults: string[], hint: string): void {
  byId(`tab-${editor}`).classList.toggle("faulty", faults.length > 0);
  byId(`${editor}-faults`).replaceChildren(
    faults.length > 0 ? h("ul", { class: "faults" }, ...faults.map((fault) => h("li", {}, fault))) : h("p", {}, hint),
  );
}

async function link(): Promise<string> {
  const shared = { text: manifest.text, settings: settings.text, stored: stored.text };
  const named = !shared.settings && !shared.stored && byText(shared.text);
  const fragment = named ? `#ex=${named.name}` : await encode(shared);
  return `${location.origin}${location.pathname}${fragment}`;
}

async function share(): Promise<void> {
  const url = await link();
  history.replaceState(null, "", new URL(url).hash);
  try {
    await navigator.clipboard.writeText(url);
    notify(`Link copied. Its ${url.length} characters contain everything${cluster.text && " but the tab Cluster"}; nothing was sent anywhere.`);
  } catch {
    notify("The link is in the address bar.");
  }
}

async function copy(): Promise<void> {
  const document = checked?.documents[selected];
  if (!document) return;
  openCopy({
    document,
    objects: await engine.ask("objects", () => ({ index: selected })),
    text: manifest.text,
    settings: settings.text,
    stored: stored.text,
    hasCluster: cluster.text.trim() !== "",
    link: await link(),
    version,
  });
}

function help(): void {
  const dialog = byId<HTMLDialogElement>("help-dialog");
  byId("keys").replaceChildren(...KEYS.flatMap(([keys, what]) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, what)]));
  byId("help-close").onclick = () => dialog.close();
  dialog.showModal();
}

function notify(text: string): void {
  const notice = byId("notice");
  notice.textContent = text;
  notice.hidden = false;
}
