import type { TextEdit } from "policy";

/** Applies edits to a text. */
export function apply(text: string, edits: TextEdit[]): string {
  let edited = "";
  let done = 0;
  for (const { span, text: inserted } of sorted(edits)) {
    edited += text.slice(done, span.start.utf16) + inserted;
    done = span.end.utf16;
  }
  return edited + text.slice(done);
}

/** The lines that edits change, before and after. */
export function changedLines(text: string, edits: TextEdit[]): { removed: string[]; added: string[] } {
  const before = text.split("\n");
  const after = apply(text, edits).split("\n");
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return {
    removed: before.slice(start, before.length - end),
    added: after.slice(start, after.length - end),
  };
}

function sorted(edits: TextEdit[]): TextEdit[] {
  return edits.toSorted((a, b) => a.span.start.utf16 - b.span.start.utf16);
}
