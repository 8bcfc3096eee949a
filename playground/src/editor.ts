import { history } from "@codemirror/commands";
import { type Diagnostic, forEachDiagnostic, lintGutter, nextDiagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { highlight } from "./highlight.ts";
import { keys } from "./keymap.ts";
import { theme } from "./theme.ts";

interface Hooks {
  /** The accessible name of the editor. */
  label: string;
  /** Sample content, shown while the editor is empty. */
  example?: string;
  onChange: () => void;
  onCursor?: () => void;
}

/** An editor for manifests. */
export class Editor {
  readonly #view: EditorView;

  constructor(parent: HTMLElement, { label, example = "", onChange, onCursor }: Hooks) {
    // Inside a shadow root CodeMirror adopts its styles instead of writing them
    // into the page, which the content security policy forbids.
    const root = parent.attachShadow({ mode: "open" });
    this.#view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        extensions: [
          lineNumbers(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          drawSelection(),
          history(),
          highlight,
          placeholder(example),
          lintGutter(),
          theme,
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          keymap.of([{ key: "Mod-.", run: applyFirstFix }, { key: "F8", run: nextDiagnostic }, ...keys]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) onChange();
            else if (update.selectionSet) onCursor?.();
          }),
        ],
      }),
    });
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  set text(text: string) {
    this.replace(0, this.#view.state.doc.length, text);
  }

  /** Where the cursor is, in UTF-16 units. */
  get cursor(): number {
    return this.#view.state.selection.main.head;
  }

  /** Applies changes as a single undo step. */
  change(changes: { from: number; to: number; insert: string }[]): void {
    this.#view.dispatch({ changes, userEvent: "input" });
  }

  replace(from: number, to: number, insert: string): void {
    this.change([{ from, to, insert }]);
  }

  show(diagnostics: Diagnostic[]): void {
    this.#view.dispatch(setDiagnostics(this.#view.state, diagnostics));
  }

  /** Selects a piece of the text and scrolls it into view. */
  reveal(from: number, to: number): void {
    const end = this.#view.state.doc.length;
    const selection = { anchor: Math.min(from, end), head: Math.min(to, end) };
    this.#view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: "center" }) });
    this.#view.focus();
  }
}

/** Applies the first fix of the finding at the cursor. */
function applyFirstFix(view: EditorView): boolean {
  const { head } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  let done = false;
  forEachDiagnostic(view.state, (diagnostic, from, to) => {
    const fix = diagnostic.actions?.[0];
    if (done || !fix || to < line.from || from > line.to) return;
    fix.apply(view, from, to);
    done = true;
  });
  return done;
}
