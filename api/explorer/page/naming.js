// Asks for a name.
import { byId, el } from "./dom.js";

/** The name that was given, or null. */
export function askForName(proposed) {
  const dialog = byId("naming");
  const input = el("input", { name: "name", required: true, maxlength: "80", value: proposed, autocomplete: "off" });
  return new Promise((resolve) => {
    const onsubmit = (event) => {
      event.preventDefault();
      resolve(input.value.trim() || null);
      dialog.close();
    };
    dialog.onclose = () => resolve(null);
    dialog.replaceChildren(
      el("div.dialog-head", el("h2", { id: "naming-title" }, "Save in this browser")),
      el(
        "form.fields",
        { onsubmit },
        el("label", "Name", input),
        el("p.about", "The document and its variables are kept; headers are not."),
        el(
          "div.buttons",
          el("button.primary", { type: "submit" }, "Save"),
          el("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
        ),
      ),
    );
    dialog.showModal();
    input.select();
  });
}
