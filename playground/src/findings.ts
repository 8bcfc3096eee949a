import type { Finding, Fix, Rule } from "policy";
import { plain, sentence } from "./diagnostics.ts";
import { byId, h } from "./dom.ts";
import { replaceKeepingFocus } from "./focus.ts";
import type { Consequence, Document } from "./protocol.ts";

interface Hooks {
  rules: Map<string, Rule>;
  reveal: (finding: Finding) => void;
  apply: (fix: Fix) => void;
}

/** Shows the findings of a document and, once known, the outcome of each fix. */
export function showFindings(document: Document | undefined, consequences: Consequence[][], hooks: Hooks): void {
  const cards = document?.findings.map((finding, index) => card(finding, index, consequences[index] ?? [], hooks)) ?? [];
  replaceKeepingFocus(byId("findings"), ...cards);
}

function card(finding: Finding, index: number, consequences: Consequence[], hooks: Hooks): HTMLElement {
  const { level, ignored, rule, path, span, stored, fixes } = finding;
  const rank = ignored === undefined ? level : "ignored";
  const state = { deny: "denied", warn: "warning", off: "off", ignored: `ignored: ${ignored}` }[rank];
  return h(
    "article",
    { class: `finding ${rank}` },
    h(
      "header",
      {},
      h("h3", {}, path || rule),
      h("span", { class: "muted" }, stored ? `${state}, as stored` : state),
      h(
        "button",
        { type: "button", class: "link", "data-key": `${index} line`, onclick: () => hooks.reveal(finding) },
        `line ${span.start.line}`,
      ),
    ),
    h("p", {}, said(finding)),
    fixes.length > 0 &&
      h("ul", { class: "fixes" }, ...fixes.map((fix, nth) => item(fix, `${index} ${nth}`, consequences[nth], hooks.apply))),
    details(rule, hooks.rules.get(rule)),
  );
}

/** The message without the path before it and the rule behind it. */
function said({ message, path, rule }: Finding): string {
  const start = message.startsWith(`${path}: `) ? path.length + 2 : 0;
  return message.slice(start).replace(` [${rule}]`, "");
}

function item(fix: Fix, key: string, consequence: Consequence | undefined, apply: (fix: Fix) => void): HTMLElement {
  const possible = fix.edits.length > 0;
  return h(
    "li",
    {},
    h(
      "div",
      { class: "fix-line" },
      h(
        "button",
        { type: "button", "data-key": key, disabled: !possible, onclick: () => apply(fix) },
        sentence(fix.title),
      ),
      h("span", { class: "muted" }, possible ? outcome(consequence) : "cannot be applied where the text shares this part"),
    ),
    possible &&
      consequence &&
      h(
        "div",
        { class: "diff" },
        ...consequence.removed.map((line) => h("del", {}, `- ${line}`)),
        ...consequence.added.map((line) => h("ins", {}, `+ ${line}`)),
      ),
  );
}

function outcome(consequence: Consequence | undefined): string {
  if (!consequence) return "";
  const left = [...new Set(consequence.left)].join(", ");
  const verdict = consequence.allowed ? "accepted after this fix" : "still denied after this fix";
  if (left) return `${verdict}; remaining: ${left}`;
  return consequence.says ? `${verdict}. With the events chosen below, the job ${consequence.says}.` : verdict;
}

function details(id: string, rule: Rule | undefined): HTMLElement | undefined {
  if (!rule) return undefined;
  const facts: [string, string][] = [
    ["Rule", id],
    ["Found when", plain(rule.what)],
    ["Releases", rule.releases.join(", ")],
    ["Source", rule.source],
  ];
  return h(
    "details",
    { class: "more" },
    h("summary", { "data-key": `${id} more` }, "About this rule"),
    h("dl", {}, ...facts.flatMap(([term, text]) => [h("dt", {}, term), h("dd", {}, text)])),
  );
}
