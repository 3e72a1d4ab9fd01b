// Starts the dashboard: sign-in, frame, and the page that the address names.

import { get } from "./api.js";
import { el, announce } from "./dom.js";
import { frame } from "./frame.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import { current, remember } from "./router.js";
import * as session from "./session.js";
import { trouble } from "./view.js";

const PAGES = {
  overview: () => import("./overview.js"),
  agents: () => import("./agents.js"),
  governance: () => import("./governance.js"),
  approvals: () => import("./approvals.js"),
  policy: () => import("./policy.js"),
  log: () => import("./log.js"),
  vault: () => import("./vault.js"),
  compute: () => import("./compute.js"),
};

const app = document.getElementById("app");
let shown = null;
let leave = new AbortController();

/** Draws the page of the address. What the page before had asked for or listened to ends. */
async function draw() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const route = current();
  remember();
  shown.mark(route.page);
  const main = shown.main;
  const isOtherPage = main.dataset.page !== route.page;
  const load = PAGES[route.page];
  let page;
  try {
    if (!load) throw new Error("there is no such page");
    page = (await load()).default(route, signal);
  } catch (error) {
    page = { title: "Not found", node: el("div.page", el("h1", "Not found"), trouble(error)) };
  }
  if (signal.aborted) return;
  document.title = `${page.title} · Chancery`;
  main.replaceChildren(page.node);
  main.dataset.page = route.page;
  if (isOtherPage) {
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
    announce(page.title);
  }
}

/** What could not be shown while the server was away is asked for again when it is back. */
function recover(standing) {
  if (standing === "live" && shown.main.querySelector(".trouble")) draw();
}

function open(account) {
  shown = frame(account, leaveForGood);
  app.replaceChildren(shown.node);
  live.on("standing", recover);
  // From here on nothing is missed: what pages ask for later is at least as new.
  get("/v1/ledger/stats").then((stats) => live.start(stats.records - 1), () => live.start());
  addEventListener("hashchange", draw);
  return draw();
}

function close(reason) {
  leave.abort();
  removeEventListener("hashchange", draw);
  live.stop();
  app.replaceChildren(session.signInPage(reason));
  document.title = "Sign in · Chancery";
}

async function leaveForGood() {
  try {
    await session.end();
    close("You signed out.");
  } catch (error) {
    close(`You are still signed in: ${error.message}. Load the page again and sign out, or end the server.`);
  }
}

keys.listen(session.toggleTheme);
session.restoreTheme();
try {
  const account = await session.begin(() => close("The session has ended."));
  if (account) await open(account);
  else close(session.refusal);
} catch (error) {
  app.replaceChildren(el("div.plain", trouble(error, () => location.reload())));
}
// A new link in the same tab signs in anew.
addEventListener("hashchange", () => location.hash.startsWith("#signin=") && location.reload());
