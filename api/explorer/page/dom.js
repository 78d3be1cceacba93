// Elements out of words, texts as texts.

/** `el("p.about", {title: "…", onclick}, "text", child)`; null and false children are left out. */
export function el(kind, ...rest) {
  const [tag, ...classes] = kind.split(".");
  const made = document.createElement(tag);
  if (classes.length) made.className = classes.join(" ");
  const given = isProperties(rest[0]) ? rest.shift() : {};
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) made[name] = value;
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...rest.flat(3).filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** A sentence at the foot of the page for a few seconds, also read aloud. */
export function say(text) {
  const toast = byId("toast");
  toast.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (toast.textContent = ""), 4000);
}

function isProperties(value) {
  return value && typeof value === "object" && !(value instanceof Node) && !Array.isArray(value);
}
