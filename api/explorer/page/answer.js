// The answer: its status, time, size and cost, what went wrong, and the text.
import { answerView } from "./assets/editor.js";
import { byId, el } from "./dom.js";

const SEPARATOR = "\n";

export class Answer {
  /** `onPlace({line, column})` when an error's place in the document is asked for. */
  constructor({ onPlace }) {
    this._onPlace = onPlace;
    this._view = answerView({ parent: byId("answer-view"), label: "Answer" });
    this._most = 0;
  }

  busy(text) {
    this._tell(el("span.status.is-busy", text));
  }

  /** An answer as `endpoint.ask` gives it; `note`: what else is to be said of it. */
  show({ status, ms, bytes, body, text }, note = null) {
    const isBad = status >= 400 || Boolean(body?.errors?.length);
    this._tell(
      el(`span.status${isBad ? ".is-bad" : ""}`, statusText(status, body)),
      el("span", { title: "Until the whole answer was here" }, timeText(ms)),
      el("span.size", { title: "Of the answer, uncompressed" }, sizeText(bytes)),
    );
    this._cost(body?.extensions?.cost);
    this._troubles(body, note);
    this._text(body === null ? text : JSON.stringify(body, null, 2));
  }

  /** Nothing was asked, or nothing answered: says why. */
  fail(message, status = "Not sent") {
    this._tell(el("span.status.is-bad", status));
    this._cost(null);
    this._list([trouble({ code: "", message })], false);
    this._text("");
  }

  /** Nothing was asked yet. */
  clear() {
    this._tell();
    this._cost(null);
    this._list([], false);
    this._text("");
  }

  /** The start of a stream of events. */
  stream() {
    this._cost(null);
    this._list([], false);
    this._text("");
    this._events = 0;
  }

  event(body) {
    this._events += 1;
    const time = new Date().toLocaleTimeString([], { hour12: false });
    this._view.append(`// ${this._events} at ${time}${SEPARATOR}${JSON.stringify(body, null, 2)}${SEPARATOR}`);
    this.busy(`Listening: ${this._events === 1 ? "1 event" : `${this._events} events`}`);
    this._cost(body?.extensions?.cost);
    this._troubles(body);
  }

  ended(why) {
    this._tell(el("span.status", why), el("span", this._events === 1 ? "1 event" : `${this._events} events`));
  }

  _tell(...parts) {
    byId("told").replaceChildren(...parts);
  }

  _text(text) {
    byId("greeting").hidden = true;
    byId("answer-view").hidden = false;
    this._view.show(text);
  }

  _cost(cost) {
    const place = byId("cost");
    place.hidden = !cost;
    if (!cost) return;
    this._most = Math.max(this._most, cost.maximumAvailable ?? cost.capacity ?? 0, cost.available + cost.actual);
    const left = `${number(cost.available)} of ${number(this._most)} left`;
    const about = `requested ${number(cost.requested)}, charged ${number(cost.actual)}; ${left}, ${number(cost.restoreRate)} come back each second`;
    const meter = el("meter", {
      min: 0,
      max: this._most,
      low: this._most * 0.2,
      optimum: this._most,
      value: cost.available,
      "aria-label": left,
    });
    place.title = about;
    place.replaceChildren(el("span", `cost ${number(cost.actual)}`), meter, el("span.left", `${number(cost.available)} left`));
  }

  _troubles(body, note = null) {
    const errors = [...(note ? [{ code: "NO STREAM", message: note }] : []), ...(body?.errors ?? [])];
    const mild = errors.length ? [] : userErrorsOf(body?.data);
    const shown = (errors.length ? errors : mild).map((error) => trouble(told(error), this._onPlace));
    this._list(shown, !errors.length);
  }

  _list(items, isMild) {
    const place = byId("troubles");
    place.hidden = !items.length;
    place.classList.toggle("is-mild", isMild);
    place.replaceChildren(el("ul", { class: isMild ? "is-mild" : "" }, items));
  }
}

function trouble({ code, message, path, place }, onPlace) {
  const where = [path && `at ${path}`].filter(Boolean).join(", ");
  const link =
    place &&
    el("button.link", { type: "button", onclick: () => onPlace(place) }, `line ${place.line}, column ${place.column}`);
  return el(
    "li",
    code && [el("span.code", code), " "],
    el("span", { dir: "auto" }, message),
    (where || link) && el("span.where", where, where && link && " · ", link),
  );
}

function told(error) {
  const code = error.extensions?.code ?? error.code ?? "ERROR";
  const reason = error.reason ? `${code} ${error.reason}` : code;
  return { code: reason, message: error.message, path: error.path?.join("."), place: error.locations?.[0] };
}

/** What mutations refused, wherever a payload says so. */
function userErrorsOf(data) {
  return Object.values(data ?? {}).flatMap((payload) => payload?.userErrors ?? []);
}

function statusText(status, body) {
  return body?.errors?.length && status < 400 ? `${status} with errors` : String(status) + (status < 400 ? " OK" : "");
}

/** 1,234 or 1.2M. */
function number(value) {
  if (typeof value !== "number") return "–";
  const notation = value < 1_000_000 ? "standard" : "compact";
  return value.toLocaleString("en", { notation, maximumFractionDigits: 1 });
}

const timeText = (ms) => (ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(2)} s`);

function sizeText(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
