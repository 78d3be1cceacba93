// An answer to be read: JSON with folding and searching, in which each text runs in its own direction.
import { json } from "@codemirror/lang-json";
import { syntaxTree } from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { Decoration, EditorView, ViewPlugin } from "@codemirror/view";
import { labelled, mounted, reading, readingKeys } from "./look.js";

const OTHER_DIRECTION = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
const isolated = Decoration.mark({ class: "cm-text", attributes: { dir: "auto" }, bidiIsolate: null });

const directions = ViewPlugin.fromClass(
  class {
    constructor(view) {
      this.texts = textsOf(view);
    }
    update(update) {
      if (update.docChanged || update.viewportChanged || syntaxTree(update.startState) !== syntaxTree(update.state))
        this.texts = textsOf(update.view);
    }
  },
  {
    provide: (plugin) => {
      const texts = (view) => view.plugin(plugin)?.texts ?? Decoration.none;
      return [EditorView.decorations.of(texts), Prec.lowest(EditorView.bidiIsolatedRanges.of(texts))];
    },
  },
);

/** `show(text)` replaces what is shown; `append(text)` adds and keeps the end in sight. */
export function answerView({ parent, label }) {
  const extensions = [
    ...reading,
    json(),
    directions,
    readingKeys,
    labelled(label),
    EditorView.lineWrapping,
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({ "aria-readonly": "true" }),
  ];
  const state = (text) => EditorState.create({ doc: text, extensions });
  const view = mounted(parent, state(""));
  return {
    show: (text) => view.setState(state(text)),
    append(text) {
      const end = view.state.doc.length;
      view.dispatch({
        changes: { from: end, insert: text },
        effects: EditorView.scrollIntoView(end + text.length),
      });
    },
    text: () => view.state.doc.toString(),
  };
}

/** The inside of every string with letters that run from right to left. */
function textsOf(view) {
  const found = [];
  for (const { from, to } of view.visibleRanges)
    syntaxTree(view.state).iterate({
      from,
      to,
      enter(node) {
        if (node.name !== "String" || node.to - node.from <= 2) return;
        if (OTHER_DIRECTION.test(view.state.sliceDoc(node.from, node.to)))
          found.push(isolated.range(node.from + 1, node.to - 1));
      },
    });
  return Decoration.set(found, true);
}
