// The borders between panes, moved by pointer or arrow keys, and which pane is seen where only one has room.
import { byId } from "./dom.js";
import { forLong } from "./storage.js";

const STEP = 24;
const LIMITS = { side: [200, 560], answer: [260, 1600], ask: [96, 900] };
const PROPERTIES = { side: "--side", answer: "--answer", ask: "--extras" };

export function panes() {
  const sizes = forLong.read("sizes", {});
  for (const splitter of document.querySelectorAll(".splitter")) movable(splitter, sizes);
  for (const [name, size] of Object.entries(sizes)) if (PROPERTIES[name]) apply(name, size);
  document.querySelector(".switch").addEventListener("click", (event) => {
    const { pane } = event.target.closest("button")?.dataset ?? {};
    if (pane) showPane(pane);
  });
}

/** Brings a pane to the front where only one is seen: "side", "ask" or "answer". */
export function showPane(name) {
  document.body.dataset.pane = name;
  for (const button of document.querySelectorAll(".switch button"))
    button.setAttribute("aria-current", String(button.dataset.pane === name));
}

function movable(splitter, sizes) {
  const name = splitter.dataset.before;
  const part = byId(name === "ask" ? "extras" : name);
  const across = splitter.classList.contains("across");
  const sizeOf = () => (across ? part.offsetHeight : part.offsetWidth);
  const sign = name === "side" ? 1 : -1;
  const set = (size) => {
    const [least, most] = LIMITS[name];
    sizes[name] = Math.round(Math.min(most, Math.max(least, size)));
    apply(name, sizes[name]);
    splitter.setAttribute("aria-valuenow", String(sizes[name]));
  };
  const [least, most] = LIMITS[name];
  splitter.setAttribute("aria-valuemin", String(least));
  splitter.setAttribute("aria-valuemax", String(most));
  splitter.setAttribute("aria-valuenow", String(sizeOf()));
  splitter.addEventListener("pointerdown", (event) => {
    splitter.setPointerCapture(event.pointerId);
    const from = across ? event.clientY : event.clientX;
    const size = sizeOf();
    splitter.onpointermove = (moved) => set(size + sign * ((across ? moved.clientY : moved.clientX) - from));
  });
  splitter.addEventListener("lostpointercapture", () => {
    splitter.onpointermove = null;
    forLong.write("sizes", sizes);
  });
  splitter.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    set(sizeOf() + sign * step * STEP);
    forLong.write("sizes", sizes);
  });
}

function apply(name, size) {
  const where = name === "ask" ? byId("ask") : byId("panes");
  where.style.setProperty(PROPERTIES[name], `${size}px`);
}
