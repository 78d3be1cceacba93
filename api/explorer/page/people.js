// Who is asking: the button in the bar, and the dialog in which it is chosen.
import { byId, el, say } from "./dom.js";
import { signInForm, tokenForm } from "./forms.js";
import { SignInFailed } from "./session.js";

export const ROLES = {
  tenant_admin: "Administrator",
  registrar: "Registrar",
  instructor: "Instructor",
  student: "Student",
  analyst: "Analyst",
  auditor: "Auditor",
};

export class People {
  /** `guests`: what demo.json tells, or null. `ofHost`: the institution that the host names, or null. */
  constructor({ session, guests, ofHost }) {
    this._session = session;
    this._guests = guests;
    this._ofHost = ofHost;
    this._dialog = byId("people");
    byId("who").onclick = () => this.open();
    this._dialog.addEventListener("click", (event) => event.target === this._dialog && this._dialog.close());
    session.addEventListener("change", (event) => {
      this._draw();
      if (event.detail === "ended") say("The session has ended: sign in again");
    });
    this._draw();
  }

  open() {
    this._problem = el("p.problem", { role: "alert", hidden: true });
    this._dialog.replaceChildren(
      el("div.dialog-head", el("h2", { id: "people-title" }, "Who is asking?"), this._end()),
      ...(this._guests ? [this._institutions(), el("details", el("summary", "With another name, or a token"), this._forms())] : [this._forms()]),
      this._problem,
    );
    if (!this._dialog.open) this._dialog.showModal();
  }

  /** Signs in as one of the demo's people. */
  async enter(slug, handle) {
    await this._try(() => this._session.signIn(slug, handle, this._guests.password));
  }

  /** The demo's person of that role where the visitor is; null where there is none to be had. */
  guestWith(role) {
    const here = this._guests?.institutions.find((one) => one.slug === (this._session.tenant ?? this._ofHost?.slug));
    const guest = here?.guests.find((one) => one.role === role && !one.in_unit);
    return guest ? { enter: () => this.enter(here.slug, guest.handle) } : null;
  }

  nameOf(slug) {
    const known = this._guests?.institutions.find((one) => one.slug === slug);
    return known?.name ?? (this._ofHost?.slug === slug ? this._ofHost.name : slug);
  }

  _draw() {
    const { person, tenant } = this._session;
    const where = this.nameOf(tenant ?? this._ofHost?.slug);
    const name = person?.name || "Not signed in";
    byId("who").replaceChildren(
      el("span.avatar", { "aria-hidden": "true" }, person ? initials(person.name) : "?"),
      el(
        "span.who-text",
        el("span.who-name", { dir: "auto" }, name),
        el("span.who-where", person?.roles.length ? [person.roles.map((role) => ROLES[role] ?? role).join(", "), where && " · "] : null, where ? el("bdi", where) : !person && "Choose who asks"),
      ),
    );
  }

  _end() {
    const out = this._session.person && el("button", { type: "button", onclick: () => this._try(() => this._session.signOut()) }, "Sign out");
    return [out, el("button.quiet.icon", { type: "button", "aria-label": "Close", onclick: () => this._dialog.close() }, "×")];
  }

  _institutions() {
    const offered = this._guests.institutions.filter((one) => !this._ofHost || one.slug === this._ofHost.slug);
    return el("div.institutions", offered.map((one) => this._institution(one)));
  }

  _institution(one) {
    const here = this._session.tenant === one.slug ? (this._session.person?.handle ?? "") : null;
    const nobody = el(
      "button",
      { type: "button", "aria-pressed": String(here === ""), onclick: () => this._try(async () => this._session.beNobody(one.slug)) },
      "Nobody",
      el("span.about-guest", "the public catalogue"),
    );
    const guests = one.guests.map((guest) =>
      el(
        "button",
        { type: "button", "aria-pressed": String(here === guest.handle), onclick: () => this.enter(one.slug, guest.handle) },
        ROLES[guest.role] ?? guest.role,
        guest.in_unit && el("span.about-guest", "of one faculty"),
      ),
    );
    return el(
      "section.institution",
      { "aria-label": one.other_name },
      el("h3", { lang: one.language, dir: "auto" }, one.name),
      el("p.other-name", { lang: one.other_language, dir: "auto" }, one.other_name),
      el("ul", [nobody, ...guests].map((button) => el("li", button))),
    );
  }

  _forms() {
    const act = (what) => this._try(what);
    return el("div.two", signInForm({ session: this._session, ofHost: this._ofHost, act }), tokenForm({ session: this._session, act }));
  }

  async _try(act) {
    try {
      await act();
      this._dialog.close();
    } catch (error) {
      const isKnown = error instanceof SignInFailed;
      if (!isKnown && !(error instanceof TypeError)) throw error;
      const text = isKnown ? error.message : "the server does not answer";
      if (!this._dialog.open) return say(text);
      this._problem.textContent = text;
      this._problem.hidden = false;
    }
  }
}

function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0]).join("").toLocaleUpperCase();
}
