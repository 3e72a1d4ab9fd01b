// Who is signed in. A link is used once and leaves the address bar before anything else happens; the session itself is a
// cookie that no script can read.

import { get, post, Problem, useSession } from "./api.js";
import { card, command, el } from "./dom.js";

/** Why the last link did not sign in. */
export let refusal = null;

/** The account of the session, or null when there is none. `onEnd` is called once when it is over. */
export async function begin(onEnd) {
  const token = new URLSearchParams(location.hash.slice(1)).get("signin");
  if (token) {
    history.replaceState(null, "", "/");
    try {
      return use(await post("/v1/dashboard/session", { token }), onEnd);
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 0) throw error;
      refusal = `The link did not sign in: ${error.message}. Links are good once, for a quarter of an hour.`;
    }
  }
  try {
    return use(await get("/v1/dashboard/session"), onEnd);
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}

/** @param {{name: string, roles: string[], csrf: string, expires_in: number}} account */
function use(account, onEnd) {
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    useSession(null, () => {});
    onEnd();
  };
  useSession(account.csrf, end);
  watch(account.expires_in, end);
  return account;
}

/** Asks again when the session should be over: it lasts longer while it is used. */
function watch(seconds, end) {
  setTimeout(async () => {
    try {
      watch((await get("/v1/dashboard/session")).expires_in, end);
    } catch (error) {
      if (error.status === 401) end();
      else watch(30, end);
    }
  }, Math.min(Math.max(seconds, 5) * 1000 + 1000, 2 ** 31 - 1));
}

/** Ends the session. Throws when it goes on. */
export async function end() {
  try {
    await post("/v1/dashboard/session/end");
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  useSession(null, () => {});
}

export const may = (account, ...roles) => roles.some((role) => account.roles.includes(role));

export function signInPage(reason) {
  return el(
    "main.signin",
    { id: "main", tabindex: "-1" },
    el(
      "section.card",
      el("img", { src: "/web/seal.svg", alt: "" }),
      el("h1", "Sign in"),
      reason && el("p.note-box.warn", { role: "status" }, reason),
      el("p.soft", "The server printed a link when it started. A new one, good once and for a quarter of an hour, comes from"),
      command("chancery dashboard"),
      el(
        "p.soft",
        "There is no password, and nobody is signed in from elsewhere: whoever has the home on this machine makes the link.",
      ),
    ),
  );
}

const THEMES = { light: "dark", dark: "light" };

export function restoreTheme() {
  const chosen = localStorage.getItem("theme");
  if (chosen in THEMES) document.documentElement.dataset.theme = chosen;
}

/** The other of light and dark; what the system prefers stands until somebody chooses. */
export function toggleTheme() {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme ?? (isDark ? "dark" : "light");
  document.documentElement.dataset.theme = THEMES[now];
  localStorage.setItem("theme", THEMES[now]);
}
