// The editor of GraphQL documents: completion, validation and links into the documentation.
import { setDiagnostics } from "@codemirror/lint";
import { Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { graphql, showInDocsCommand, updateSchema } from "cm6-graphql";
import { labelled, mounted, writing, writingKeys } from "./look.js";
import { Texts, replace } from "./texts.js";

/** `onChange(text)`, `onRun()`, `onDocs(type, field)`: Ctrl-click on a name or Ctrl-K. */
export function documentEditor({ parent, label, onChange, onRun, onDocs }) {
  let schema;
  const run = () => (onRun(), true);
  const texts = new Texts([
    Prec.highest(
      keymap.of([
        { key: "Mod-Enter", run },
        { key: "Mod-k", run: showInDocsCommand },
      ]),
    ),
    ...writing,
    graphql(undefined, {
      onShowInDocs: (field, type, parentType) => onDocs(parentType ?? type, field),
      onCompletionInfoRender: (item) => described(item),
    }),
    writingKeys,
    labelled(label),
    EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
  ]);
  const view = mounted(parent, texts.first());
  return {
    text: () => view.state.doc.toString(),
    open(key, text) {
      texts.open(view, key, text);
      updateSchema(view, schema);
    },
    forget: (key) => texts.forget(key),
    replace: (text) => replace(view, text),
    setSchema(found) {
      schema = found;
      updateSchema(view, schema);
    },
    cursor: () => view.state.selection.main.head,
    goTo(line, column) {
      const place = at(view.state.doc, line, column);
      view.dispatch({ selection: { anchor: place }, scrollIntoView: true });
      view.focus();
    },
    /** Marks what the server found wrong: `[{message, line, column}]`. */
    mark(errors) {
      const found = errors.map(({ message, line, column }) => {
        const from = at(view.state.doc, line, column);
        const to = view.state.wordAt(from)?.to ?? Math.min(from + 1, view.state.doc.length);
        return { from, to, severity: "error", message };
      });
      view.dispatch(setDiagnostics(view.state, found));
    },
    focus: () => view.focus(),
  };
}

function at(doc, line, column) {
  const found = doc.line(Math.max(1, Math.min(line, doc.lines)));
  return Math.min(found.from + Math.max(0, column - 1), found.to);
}

function described(item) {
  const text = [item.documentation, item.isDeprecated && `Deprecated: ${item.deprecationReason ?? ""}`];
  if (!text.some(Boolean)) return null;
  const box = document.createElement("div");
  box.textContent = text.filter(Boolean).join("\n");
  return box;
}
