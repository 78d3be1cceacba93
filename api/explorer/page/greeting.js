// What stands where answers come, before the first one.
import { byId, el } from "./dom.js";

const APPLE = /Mac|iPhone|iPad/.test(navigator.userAgent);
const MOD = APPLE ? "⌘" : "Ctrl";

/** `people` is there only in the demo. */
export function greet({ session, people, isDemo }) {
  byId("greeting").replaceChildren(
    el("h2", "Ask, and the answer comes here"),
    isDemo && !session.person && demo(people),
    el(
      "dl.keys",
      [
        [`${MOD} Enter`, "run the operation under the cursor"],
        ["Ctrl Space", "what can stand here"],
        [`${MOD} K`, "look the word under the cursor up in Docs"],
        [`${MOD} F`, "find in the document or in the answer"],
        ["Tab", "leave the editor"],
      ].map(([key, what]) => [el("dt", el("kbd", key)), el("dd", what)]),
    ),
  );
}

function demo(people) {
  return el(
    "div.invitation",
    el("p", "Three invented universities live here. What you see depends on who asks: nobody, a student, a registrar …"),
    el("button", { type: "button", onclick: () => people.open() }, "Choose who asks"),
  );
}
