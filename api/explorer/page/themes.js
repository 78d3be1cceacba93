// The button for light, dark, or as the system has it.
import { byId } from "./dom.js";

const KEPT = "fediflow.explorer.theme";
const ORDER = ["", "light", "dark"];
const SIGNS = { "": "◐", light: "☀", dark: "☾" };
const NAMES = { "": "as the system", light: "light", dark: "dark" };

export function themeButton() {
  const button = byId("theme");
  const show = () => {
    const now = document.documentElement.dataset.theme ?? "";
    button.textContent = SIGNS[now];
    button.setAttribute("aria-label", `Colours: ${NAMES[now]}`);
    button.title = `Colours: ${NAMES[now]}`;
  };
  button.onclick = () => {
    const next = ORDER[(ORDER.indexOf(document.documentElement.dataset.theme ?? "") + 1) % ORDER.length];
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    localStorage.setItem(KEPT, next);
    show();
  };
  show();
}
