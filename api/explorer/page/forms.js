// Signing in with a name, or by a token. `act(what)` does it and says what went wrong.
import { el } from "./dom.js";

export function signInForm({ session, ofHost, act }) {
  const slug = session.tenant ?? ofHost?.slug ?? "";
  const tenant = el("input", {
    name: "tenant",
    required: true,
    value: slug,
    autocomplete: "organization",
    spellcheck: "false",
    readonly: Boolean(ofHost),
  });
  const who = el("input", { name: "who", required: true, autocomplete: "username", spellcheck: "false" });
  const password = el("input", { name: "password", type: "password", required: true, autocomplete: "current-password" });
  const signIn = () => session.signIn(tenant.value.trim(), who.value.trim(), password.value);
  const beNobody = async () => session.beNobody(tenant.value.trim() || null);
  return form(() => act(signIn), [
    el("label", "Institution", tenant),
    el("label", "Name or e-mail address", who),
    el("label", "Password", password),
    el(
      "div.buttons",
      el("button.primary", { type: "submit" }, "Sign in"),
      el("button", { type: "button", onclick: () => act(beNobody) }, "Ask as nobody"),
    ),
  ]);
}

export function tokenForm({ session, act }) {
  const token = el("textarea.mono", { name: "token", rows: "4", required: true, spellcheck: "false", autocomplete: "off" });
  return form(() => act(() => session.useToken(token.value.trim())), [
    el("label", "Token", token),
    el("p.about", "An access token or a personal one. It is kept until this browser tab is closed."),
    el("div.buttons", el("button", { type: "submit" }, "Use the token")),
  ]);
}

function form(submitted, parts) {
  const onsubmit = (event) => {
    event.preventDefault();
    submitted();
  };
  return el("form.fields", { onsubmit }, parts);
}
