// Whom an example was made for, where somebody else asks.
import { byId, el } from "./dom.js";
import { ROLES } from "./people.js";

export function hint({ document: { as }, session, people }) {
  const place = byId("hint");
  const fits = !as || session.person?.roles.includes(as);
  place.hidden = fits;
  if (fits) return;
  const role = (ROLES[as] ?? as).toLowerCase();
  const guest = people.guestWith(as);
  const article = /^[aeiou]/.test(role) ? "an" : "a";
  place.replaceChildren(
    el("span", `Made for ${article} ${role}.`),
    guest && el("button", { type: "button", onclick: () => guest.enter() }, `Ask as ${article} ${role}`),
  );
}
