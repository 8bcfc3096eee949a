import * as commands from "@codemirror/commands";
import { EditorSelection } from "@codemirror/state";
import type { Command, EditorView, KeyBinding } from "@codemirror/view";

/**
 * The key bindings of an editor. CodeMirror's own keymaps would pull in a parser
 * for indentation.
 */
export const keys: KeyBinding[] = [
  { key: "Enter", run: newLine },
  { key: "ArrowLeft", run: commands.cursorCharLeft, shift: commands.selectCharLeft, preventDefault: true },
  { key: "ArrowRight", run: commands.cursorCharRight, shift: commands.selectCharRight, preventDefault: true },
  { key: "Mod-ArrowLeft", mac: "Alt-ArrowLeft", run: commands.cursorGroupLeft, shift: commands.selectGroupLeft, preventDefault: true },
  { key: "Mod-ArrowRight", mac: "Alt-ArrowRight", run: commands.cursorGroupRight, shift: commands.selectGroupRight, preventDefault: true },
  { key: "ArrowUp", run: commands.cursorLineUp, shift: commands.selectLineUp, preventDefault: true },
  { key: "ArrowDown", run: commands.cursorLineDown, shift: commands.selectLineDown, preventDefault: true },
  { key: "PageUp", run: commands.cursorPageUp, shift: commands.selectPageUp },
  { key: "PageDown", run: commands.cursorPageDown, shift: commands.selectPageDown },
  { key: "Home", mac: "Cmd-ArrowLeft", run: commands.cursorLineBoundaryBackward, shift: commands.selectLineBoundaryBackward, preventDefault: true },
  { key: "End", mac: "Cmd-ArrowRight", run: commands.cursorLineBoundaryForward, shift: commands.selectLineBoundaryForward, preventDefault: true },
  { key: "Mod-Home", mac: "Cmd-ArrowUp", run: commands.cursorDocStart, shift: commands.selectDocStart },
  { key: "Mod-End", mac: "Cmd-ArrowDown", run: commands.cursorDocEnd, shift: commands.selectDocEnd },
  { key: "Mod-a", run: commands.selectAll },
  { key: "Backspace", run: remove(false), shift: remove(false), preventDefault: true },
  { key: "Delete", run: remove(true), preventDefault: true },
  { key: "Mod-Backspace", mac: "Alt-Backspace", run: commands.deleteGroupBackward, preventDefault: true },
  { key: "Mod-Delete", mac: "Alt-Delete", run: commands.deleteGroupForward, preventDefault: true },
  ...commands.historyKeymap,
];

/** Deletes the selection, or one character. */
function remove(forward: boolean): Command {
  return (view) => {
    const changes = view.state.changeByRange((range) => {
      const { from, to } = range.empty ? EditorSelection.range(range.head, view.moveByChar(range, forward).head) : range;
      return { changes: { from, to }, range: EditorSelection.cursor(from) };
    });
    if (changes.changes.empty) return false;
    view.dispatch(changes, { scrollIntoView: true, userEvent: "delete" });
    return true;
  };
}

/** Starts a line, indented like the previous one. */
function newLine(view: EditorView): boolean {
  const { state } = view;
  const line = state.doc.lineAt(state.selection.main.from);
  const indent = /^ */.exec(line.text.slice(0, state.selection.main.from - line.from))![0];
  view.dispatch(state.replaceSelection(`${state.lineBreak}${indent}`), { scrollIntoView: true, userEvent: "input" });
  return true;
}
