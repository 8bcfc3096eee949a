import type { Cell, Matrix } from "policy";
import { byId, h } from "./dom.ts";
import { replaceKeepingFocus } from "./focus.ts";

const WORDS = { off: "accepted", warn: "warns", deny: "denied" };

/** Shows which submission modes support which fields. */
export function showMatrix(matrix: Matrix): void {
  const table = h(
    "table",
    {},
    h(
      "thead",
      {},
      h("tr", {}, h("td", {}), ...matrix.fields.map((field) => h("th", { scope: "col" }, field))),
    ),
    h(
      "tbody",
      {},
      ...matrix.rows.map(({ mode, cells }) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, mode),
          ...cells.map((cell, index) => h("td", {}, button(cell, `${mode} with ${matrix.fields[index]}`))),
        ),
      ),
    ),
  );
  replaceKeepingFocus(byId("matrix"), table);
}

function button(cell: Cell, pair: string): HTMLElement {
  const word = WORDS[cell.level];
  return h(
    "button",
    {
      type: "button",
      class: `cell-${cell.level}${cell.current ? " current" : ""}`,
      "data-key": pair,
      "aria-label": `${pair}: ${word}${cell.current ? ", as in this object" : ""}`,
      onclick: () => explain(cell, pair),
    },
    word,
  );
}

function explain({ spec, findings }: Cell, pair: string): void {
  byId("matrix-says").replaceChildren(
    h("p", {}, h("strong", {}, pair), ": ", h("code", {}, JSON.stringify(spec))),
    ...(findings.length > 0
      ? findings.map(({ message }) => h("p", {}, message))
      : [h("p", {}, "No findings.")]),
  );
}
