// Requests to the documented routes. A refusal is a `Problem` with the stable code of docs/error-codes.md.

export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }

  get isAbsent() { return this.status === 404; }
}

let guard = null;
let ended = () => {};

/** Sets what every change carries against forgery, and what happens when the session is over. */
export function useSession(csrf, onEnd) {
  guard = csrf;
  ended = onEnd;
}

async function send(method, path, { body, query, signal } = {}) {
  const url = query ? `${path}?${new URLSearchParams(defined(query))}` : path;
  const headers = { Accept: "application/json, */*;q=0.5" };
  if (method !== "GET" && guard) headers["Chancery-CSRF"] = guard;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(url, {
      method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "offline", "the server does not answer");
  }
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  const problem = new Problem(
    answer.status,
    told.code ?? `http.${answer.status}`,
    told.detail ?? told.title ?? answer.statusText,
  );
  if (answer.status === 401 && guard) ended();
  throw problem;
}

const defined = (query) => Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");

export const get = async (path, query, signal) => (await send("GET", path, { query, signal })).json();
export const getText = async (path, query, signal) => (await send("GET", path, { query, signal })).text();
export const getBytes = async (path, signal) => new Uint8Array(await (await send("GET", path, { signal })).arrayBuffer());
export const post = async (path, body, signal) => (await send("POST", path, { body, signal })).json();

let rooms = null;

/** Whether this server has a route, as its own description says: what is absent is not asked for. */
async function offers(path) {
  rooms ??= send("GET", "/openapi.json").then(async (answer) => {
    const escaped = Object.keys((await answer.json()).paths).map(
      (name) => name.replace(/[.+*?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "[^/]+"),
    );
    return new RegExp(`^(${escaped.join("|")})$`);
  });
  try {
    return (await rooms).test(path);
  } catch (error) {
    rooms = null;
    throw error;
  }
}

/** What `ask(path)` gives, or `otherwise` where this server has no such route or this session may not use it. */
export async function optional(path, ask, otherwise = null) {
  if (!(await offers(path))) return otherwise;
  try {
    return await ask(path);
  } catch (error) {
    if (error instanceof Problem && [403, 404, 503].includes(error.status)) return otherwise;
    throw error;
  }
}

/** Every element of a paged list, up to `most`. */
export async function all(path, member, query = {}, { most = 2000, signal } = {}) {
  const found = [];
  let after;
  do {
    const page = await get(path, { ...query, after, limit: 500 }, signal);
    found.push(...page[member]);
    after = page.next;
  } while (after !== null && after !== undefined && found.length < most);
  return found;
}

/** A path segment. Two names mean another folder however they are written, and nothing is called so. */
export function segment(name) {
  if (name === "." || name === "..") throw new Problem(404, "api.no_such_route", "nothing has this name");
  return encodeURIComponent(name);
}
