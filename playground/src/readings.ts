import type { Reading } from "policy";
import { byId, h } from "./dom.ts";

/** Shows what each reader on the way to the head makes of the entrypoint, word by word. */
export function showReadings(readings: Reading[]): void {
  const parts = readings.length > 0 ? [h("h3", {}, "What the head runs"), h("ol", { class: "steps" }, ...readings.map(item))] : [];
  byId("readings").replaceChildren(...parts);
}

function item({ title, text, words, rest, error }: Reading): HTMLElement {
  return h(
    "li",
    {},
    `${title}: `,
    text !== null && code(text),
    words.length > 0 && h("ol", {}, ...words.map(([word, note]) => h("li", {}, code(word), note !== null && ` (${note})`))),
    error !== null ? h("p", { class: "kept" }, "It stops with an error at ", code(error)) : rest !== null && h("p", { class: "kept" }, "It acts itself on ", code(rest)),
  );
}

/** A text with its spaces and line breaks. */
function code(text: string): HTMLElement {
  return h("code", { class: "diff" }, text);
}
