import { byId, count, h } from "./dom.ts";
import { replaceKeepingFocus } from "./focus.ts";
import type { Checked, Document } from "./protocol.ts";

/** The maximum number of objects in the list. */
const MANY = 40;

type Kind = "denied" | "warned" | "accepted" | "unreadable" | "empty";

/** Shows the verdict on a text and on the document that the cursor is in. */
export function showVerdict(
  checked: Checked,
  selected: number,
  select: (document: Document) => void,
): void {
  const card = byId("verdict");
  const document = checked.documents[selected];
  const [kind, headline] = overall(checked, document);
  card.dataset["verdict"] = kind;
  card.removeAttribute("aria-busy");
  say(byId("verdict-title"), headline);
  say(byId("verdict-about"), about(checked, document));
  showDocuments(checked.documents, selected, select);
  showTerminal(document);
}

/** Shows that nothing could be judged. */
export function showFailure(error: unknown): void {
  const card = byId("verdict");
  card.dataset["verdict"] = "unreadable";
  card.removeAttribute("aria-busy");
  say(byId("verdict-title"), "Nothing can be judged");
  say(byId("verdict-about"), error instanceof Error ? error.message : String(error));
  showDocuments([], 0, () => {});
  showTerminal(undefined);
}

/** Changes a text only if it differs, so that only changes are announced. */
function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function overall(checked: Checked, document: Document | undefined): [Kind, string] {
  if (checked.settings.length > 0) return ["unreadable", "Invalid settings"];
  if (!document) {
    return checked.problems.length > 0 ? ["unreadable", "Cannot be read"] : ["empty", "Nothing to judge"];
  }
  const kind = ofDocument(document);
  const warnings = document.findings.filter((finding) => counts(finding) && finding.level === "warn").length;
  if (kind === "denied") return [kind, document.response.allowed ? "Accepted, but the file has errors" : "Denied"];
  return kind === "warned" ? [kind, `Accepted with ${count(warnings, "warning")}`] : [kind, "Accepted"];
}

function counts(finding: { ignored?: string }): boolean {
  return finding.ignored === undefined;
}

function ofDocument({ response, findings }: Document): "denied" | "warned" | "accepted" {
  const found = findings.filter(counts);
  if (!response.allowed || found.some((finding) => finding.level === "deny")) return "denied";
  return found.length > 0 ? "warned" : "accepted";
}

function about(checked: Checked, document: Document | undefined): string {
  if (checked.settings.length > 0) return "Nothing is judged until the settings are valid. See the Settings tab.";
  if (!document) {
    const [problem] = checked.problems;
    if (problem) return `Line ${problem.span.start.line}: ${problem.message}`;
    return "This text contains no RayJob, RayCronJob, RayCluster or RayService.";
  }
  const name = document.name || "without a name";
  const what = document.isRequest ? "a request about " : "";
  const broken = checked.problems.length > 0 ? ` ${count(checked.problems.length, "other part")} cannot be read.` : "";
  return `${what}${document.kind || "something"} ${name}, judged for KubeRay ${document.release}.${broken}`;
}

function showDocuments(documents: Document[], selected: number, select: (document: Document) => void): void {
  const items = documents.slice(0, MANY).map((document, index) => {
    const kind = ofDocument(document);
    const button = h(
      "button",
      { type: "button", "data-key": index, "aria-current": index === selected, onclick: () => select(document) },
      h("span", { class: `mark-${kind}` }, kind),
      ` ${document.kind} ${document.name}`,
    );
    return h("li", {}, button);
  });
  if (documents.length > MANY) items.push(h("li", { class: "muted" }, `and ${documents.length - MANY} more`));
  const list = items.length > 1 ? [h("ul", { class: "documents", "aria-label": "Objects" }, ...items)] : [];
  replaceKeepingFocus(byId("documents"), ...list);
}

/** Shows what kubectl prints with a Kubewarden policy server. */
function showTerminal(document: Document | undefined): void {
  const terminal = byId("terminal");
  terminal.hidden = !document;
  if (!document) return;
  const { allowed, status, warnings = [] } = document.response;
  const lines = warnings.map((warning) => `Warning: ${warning}`);
  if (allowed) lines.push(`${document.kind.toLowerCase()}.ray.io/${document.name} created (server dry run)`);
  else {
    const webhook = "clusterwide-rayjob-policy.kubewarden.admission";
    lines.push(`Error from server: admission webhook "${webhook}" denied the request: ${status?.message ?? ""}`);
  }
  terminal.textContent = ["$ kubectl create --dry-run=server -f job.yaml", ...lines].join("\n");
}
