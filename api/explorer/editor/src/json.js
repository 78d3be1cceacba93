// The editor of variables and headers: JSON, checked and completed by what the operations declare.
import { json, jsonLanguage, jsonParseLinter } from "@codemirror/lang-json";
import { forceLinting, linter } from "@codemirror/lint";
import { Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { labelled, mounted, writing, writingKeys } from "./look.js";
import { Texts, replace } from "./texts.js";
import { declared, faults, suggestions } from "./variables.js";

/** `onChange(text)`, `onRun()`. Without `setOperations` any JSON object is fine. */
export function jsonEditor({ parent, label, onChange, onRun }) {
  let types = null;
  const syntax = jsonParseLinter();
  const lint = (view) => {
    if (!view.state.doc.toString().trim()) return faults(view.state, types);
    const wrong = syntax(view);
    return wrong.length ? wrong : faults(view.state, types);
  };
  const run = () => (onRun(), true);
  const texts = new Texts([
    Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
    ...writing,
    json(),
    jsonLanguage.data.of({ autocomplete: (context) => types && suggestions(context, types) }),
    linter(lint, { delay: 300 }),
    writingKeys,
    labelled(label),
    EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
  ]);
  const view = mounted(parent, texts.first());
  return {
    open: (key, text) => texts.open(view, key, text),
    forget: (key) => texts.forget(key),
    replace: (text) => replace(view, text),
    /** What the variables must be: what the operations declare in this schema; null: anything. */
    setOperations(schema, operations) {
      types = schema && operations ? declared(schema, operations) : null;
      forceLinting(view);
    },
    focus: () => view.focus(),
  };
}
