// Addresses live behind the `#`: `#/agents/clerk?tab=risk`. Filters are part of them, so links, reloads and the back
// button keep what was shown.

/** The last address of each page, so that coming back to it finds its filters. */
const remembered = new Map();

export function current() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...rest] = path.split("/").filter(Boolean).map(decode);
  return { page: page || "overview", path: rest, query: new URLSearchParams(query) };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a page: `href("log", [12], {tab: "proof"})`. Empty values are left out. */
export function href(page, path = [], query = {}) {
  const pairs = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const text = new URLSearchParams(
    pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined),
  ).toString();
  return `#/${[page, ...path].map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** The address of the same thing with some filters changed. */
export function refined(changes) {
  const { page, path, query } = current();
  return href(page, path, { ...Object.fromEntries(query), ...changes });
}

/** Changes filters where the page itself shows the effect: nothing is drawn again. */
export function refine(changes) {
  history.replaceState(null, "", refined(changes));
  remember();
}

export const go = (address) => {
  if (location.hash === address) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = address;
};

export function remember() {
  const { page, path } = current();
  if (path.length === 0) remembered.set(page, location.hash);
}

/** Where a page was left, else its beginning. */
export const lastOf = (page) => remembered.get(page) ?? href(page);

/** A record of the log. Every number leads to one. */
export const recordHref = (position) => href("log", [position]);
