// One editor, many texts: each keeps its own history and cursor under a key.
import { EditorState } from "@codemirror/state";

export class Texts {
  constructor(extensions) {
    this._extensions = extensions;
    this._states = new Map();
    this._key = null;
  }

  first() {
    return this._state("");
  }

  /** Shows the text of `key`: as it was left here, unless it says something else now. */
  open(view, key, text) {
    if (this._key !== null) this._states.set(this._key, view.state);
    this._key = key;
    const kept = this._states.get(key);
    view.setState(kept && kept.doc.toString() === text ? kept : this._state(text));
  }

  forget(key) {
    this._states.delete(key);
    if (this._key === key) this._key = null;
  }

  _state(text) {
    return EditorState.create({ doc: text, extensions: this._extensions });
  }
}

/** Replaces the whole text, as one step that can be undone. */
export function replace(view, text) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}
