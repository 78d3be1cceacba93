// Who is asking: an institution, and a person's tokens for as long as this browser tab lives.
import { ask } from "./endpoint.js";
import { forNow } from "./storage.js";

const KEPT = "session";
const EARLY_MS = 30_000;
const PAYLOAD = "accessToken refreshToken expiresAt user { displayName handle roles { role } } userErrors { message }";

export class SignInFailed extends Error {}

export class Session extends EventTarget {
  constructor() {
    super();
    this._state = forNow.read(KEPT, { tenant: null });
    this._refreshing = null;
  }

  /** The institution's slug; null: whichever the host says. */
  get tenant() {
    return this._state.tenant;
  }

  /** `{name, handle, roles}` of who is signed in, or null. */
  get person() {
    return this._state.person ?? null;
  }

  /** The headers that say who asks. */
  async headers() {
    if (this._state.refresh && Date.parse(this._state.until) - Date.now() < EARLY_MS) await this.renew();
    return this._headers();
  }

  /** Asks as whoever this is; renews a token that has ended, once. */
  async ask(question, headers = {}, signal = undefined) {
    const answer = await ask(question, { ...(await this.headers()), ...headers }, signal);
    if (!isUnauthenticated(answer) || !this._state.refresh || !(await this.renew())) return answer;
    return ask(question, { ...this._headers(), ...headers }, signal);
  }

  /** Nobody, at an institution. */
  beNobody(tenant) {
    this._become({ tenant });
  }

  async signIn(tenant, handleOrEmail, password) {
    const query = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { ${PAYLOAD} } }`;
    const variables = { input: { handleOrEmail, password } };
    const answer = await ask({ query, variables }, tenantHeader(tenant));
    this._become(fromPayload(tenant, payloadOf(answer, "signIn")));
  }

  /** A token that was made elsewhere; it says itself of which institution it is. */
  async useToken(token) {
    const query = "{ tenant { slug } viewer { displayName handle roles { role } } }";
    const { data } = checked(await ask({ query }, { authorization: `Bearer ${token}` }));
    if (!data?.viewer) throw new SignInFailed("this token is nobody's");
    this._become({ tenant: data.tenant.slug, access: token, person: personOf(data.viewer) });
  }

  /** A new access token for the refresh token; when there is none to be had nobody is signed in any more. */
  renew() {
    this._refreshing ??= this._renew().finally(() => (this._refreshing = null));
    return this._refreshing;
  }

  async signOut() {
    const headers = this._headers();
    this._become({ tenant: this.tenant });
    if (headers.authorization) await ask({ query: "mutation SignOut { signOut { userErrors { code } } }" }, headers);
  }

  async _renew() {
    const { tenant, refresh } = this._state;
    const query = `mutation Refresh($input: RefreshInput!) { refresh(input: $input) { ${PAYLOAD} } }`;
    try {
      const answer = await ask({ query, variables: { input: { refreshToken: refresh } } }, tenantHeader(tenant));
      this._become(fromPayload(tenant, payloadOf(answer, "refresh")), "renewed");
      return true;
    } catch (error) {
      if (!(error instanceof SignInFailed)) throw error;
      this._become({ tenant }, "ended");
      return false;
    }
  }

  _headers() {
    const { tenant, access } = this._state;
    return access ? { authorization: `Bearer ${access}` } : tenantHeader(tenant);
  }

  _become(state, why = "change") {
    this._state = state;
    forNow.write(KEPT, state);
    if (why !== "renewed") this.dispatchEvent(new CustomEvent("change", { detail: why }));
  }
}

function tenantHeader(tenant) {
  return tenant ? { "fediflow-tenant": tenant } : {};
}

function isUnauthenticated(answer) {
  return answer.body?.errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED") ?? false;
}

function checked(answer) {
  if (answer.body?.errors?.length) throw new SignInFailed(answer.body.errors[0].message);
  if (!answer.body) throw new SignInFailed(`the server answered with status ${answer.status}`);
  return answer.body;
}

function payloadOf(answer, field) {
  const payload = checked(answer).data?.[field];
  if (!payload?.accessToken) throw new SignInFailed(payload?.userErrors?.[0]?.message ?? "nobody was signed in");
  return payload;
}

function fromPayload(tenant, payload) {
  const { accessToken: access, refreshToken: refresh, expiresAt: until, user } = payload;
  return { tenant, access, refresh, until, person: personOf(user) };
}

function personOf(user) {
  const roles = [...new Set((user?.roles ?? []).map(({ role }) => role.toLowerCase()))];
  return { name: user?.displayName ?? "", handle: user?.handle ?? "", roles };
}
