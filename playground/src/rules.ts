import type { Catalogue, Example, Rule } from "policy";
import { plain } from "./diagnostics.ts";
import { byId, count, h } from "./dom.ts";

/** Lists the rules, with search and examples to try. */
export function showRules(catalogue: Catalogue, open: (example: Example) => void): void {
  const search = byId<HTMLInputElement>("search");
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (rule: Rule) => {
      const text = `${rule.id} ${rule.what} ${rule.why}`.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    const families = catalogue.families
      .map(({ title, rules }) => ({ title, rules: rules.filter(matches) }))
      .filter(({ rules }) => rules.length > 0);
    byId("rules").replaceChildren(
      ...families.map(({ title, rules }) =>
        h(
          "details",
          { class: "family", open: words.length > 0 },
          h("summary", {}, `${title} `, h("span", { class: "muted" }, count(rules.length, "rule"))),
          ...rules.map((rule) => entry(rule, open)),
        ),
      ),
      ...(families.length === 0 ? [h("p", { class: "muted" }, "No matching rules.")] : []),
    );
  };
  search.addEventListener("input", show);
  show();
}

function entry(rule: Rule, open: (example: Example) => void): HTMLElement {
  const tryIt = (example: Example | null, label: string) =>
    example && h("button", { type: "button", class: "link", onclick: () => open(example) }, label);
  return h(
    "div",
    { class: "rule" },
    h("h3", {}, rule.id),
    h("p", {}, plain(rule.what)),
    h("p", { class: "actions" }, ...[tryIt(rule.bad, "Try it"), tryIt(rule.good, "Try the accepted version")].filter((link) => link !== null)),
  );
}
