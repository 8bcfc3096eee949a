import type { Diagnostic } from "@codemirror/lint";
import type { Finding, Fix, Rule } from "policy";
import { h } from "./dom.ts";
import type { Checked } from "./protocol.ts";

/** The diagnostics that the editor underlines. */
export function diagnostics(checked: Checked, rules: Map<string, Rule>, apply: (fix: Fix) => void): Diagnostic[] {
  const findings = checked.documents
    .flatMap((document) => document.findings)
    .filter((finding) => finding.ignored === undefined)
    .map((finding) => ofFinding(finding, rules.get(finding.rule), apply));
  const broken = checked.problems.map(({ span, message }): Diagnostic => ({ ...range(span), severity: "error", message }));
  const notes = checked.notes.map(({ span, message }): Diagnostic => ({ ...range(span), severity: "warning", message }));
  return [...findings, ...broken, ...notes].sort((a, b) => a.from - b.from || b.to - a.to);
}

function ofFinding(finding: Finding, rule: Rule | undefined, apply: (fix: Fix) => void): Diagnostic {
  return {
    ...range(finding.span),
    severity: finding.level === "deny" ? "error" : "warning",
    message: finding.message,
    renderMessage: () =>
      h(
        "div",
        {},
        h("p", {}, finding.message),
        rule && h("p", {}, `Found when: ${plain(rule.what)}`),
        rule && h("p", {}, `Source: ${rule.source}`),
      ),
    actions: finding.fixes
      .filter((fix) => fix.edits.length > 0)
      .map((fix) => ({ name: sentence(fix.title), apply: () => apply(fix) })),
  };
}

/** The edits of a fix as changes of an editor. */
export function changes(fix: Fix): { from: number; to: number; insert: string }[] {
  return fix.edits.map(({ span, text }) => ({ from: span.start.utf16, to: span.end.utf16, insert: text }));
}

/** Removes Markdown code marks from prose. */
export function plain(prose: string): string {
  return prose.replaceAll("`", "");
}

/** Capitalizes the first letter of a text. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function range({ start, end }: Finding["span"]): { from: number; to: number } {
  return { from: start.utf16, to: end.utf16 };
}
