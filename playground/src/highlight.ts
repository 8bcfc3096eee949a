import { Decoration, type DecorationSet, EditorView, MatchDecorator, ViewPlugin, type ViewUpdate } from "@codemirror/view";

// A YAML parser would be the largest part of the page, just for colours.
const TOKENS = new RegExp(
  [
    /(?<comment>(?<=^|\s)#.*)/,
    /(?<key>[\w.\/-]+(?=:(?:\s|$))|"(?:[^"\\]|\\.)*"(?=\s*:))/,
    /(?<string>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/,
    /(?<value>(?<=[\s:[{,])(?:-?\d+(?:\.\d+)?|true|false|null|~)(?=\s*(?:[,\]}#]|$)))/,
    /(?<mark>^---|^\.\.\.)/,
  ]
    .map((token) => token.source)
    .join("|"),
  "g",
);

const KINDS = ["comment", "key", "string", "value", "mark"];

const marks = new Map(KINDS.map((kind) => [kind, Decoration.mark({ class: `tok-${kind}` })]));

const decorator = new MatchDecorator({
  regexp: TOKENS,
  decorate: (add, from, to, { groups = {} }) => {
    const mark = marks.get(KINDS.find((kind) => groups[kind] !== undefined) ?? "");
    if (mark) add(from, to, mark);
  },
});

/** Colours YAML and JSON, line by line. */
export const highlight = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = decorator.createDeco(view);
    }
    update(update: ViewUpdate): void {
      this.decorations = decorator.updateDeco(update, this.decorations);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
