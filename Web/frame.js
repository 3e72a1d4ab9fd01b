// What surrounds every page: navigation with counts, the state of the stream, the banner of a freeze.

import { get, optional } from "./api.js";
import { el } from "./dom.js";
import { number, short, stamp } from "./format.js";
import { icon } from "./icons.js";
import { PLACES, showHelp } from "./keys.js";
import * as live from "./live.js";
import { href, lastOf } from "./router.js";
import { toggleTheme } from "./session.js";
import { paced } from "./view.js";

const WORDS = { live: "Live", waiting: "Connecting…", offline: "Not connected" };

export function frame(account, signOut) {
  const counts = { approvals: counter("waiting for a person"), overview: counter("alerts", "bad") };
  const links = new Map(
    PLACES.map(([key, page, name]) => [
      page,
      el("a", { href: href(page), "aria-keyshortcuts": `g ${key}` }, icon(page), name, counts[page]),
    ]),
  );
  const pulse = el("span.pulse", WORDS.offline);
  const height = el("span.faint");
  const frozen = el("div.banner.frozen", { hidden: true, role: "alert" });
  const offline = el(
    "div.banner.offline",
    { hidden: true, role: "status" },
    "The connection is interrupted. What you see may be old; it goes on by itself.",
  );
  const main = el("main", { id: "main", tabindex: "-1" });
  const node = el(
    "div.frame",
    el(
      "div.side",
      el(
        "a.brand",
        { href: href("overview"), "aria-label": "Chancery, overview" },
        el("img", { src: "/web/seal.svg", alt: "" }),
        el("span", "Chancery"),
      ),
      el("nav.nav", { "aria-label": "Pages", "data-list": true }, [...links.values()]),
      el("footer", pulse, height),
    ),
    el(
      "div.body",
      el(
        "div.top",
        el(
          "span.who",
          { title: account.name },
          account.roles.join(", "),
          el("span.faint.narrow-hide", ` · session ${short(account.name, 12)}`),
        ),
        tool("theme", "Light or dark (t)", toggleTheme),
        tool("help", "Keyboard (?)", showHelp),
        tool("leave", "Sign out", signOut),
      ),
      frozen,
      offline,
      main,
    ),
  );

  const ended = new AbortController();
  let wasLive = false;
  let freezes = 0;
  live.on("standing", (standing) => {
    pulse.className = `pulse ${standing}`;
    pulse.textContent = WORDS[standing];
    offline.hidden = standing === "live" || !wasLive;
    wasLive ||= standing === "live";
  });
  const told = (state) => {
    setCount(counts.approvals, state.pending);
    setCount(counts.overview, state.alerts);
    if (state.size !== undefined) height.textContent = `${number(state.size)} records`;
  };
  const look = () =>
    optional("/v1/overview", get).then((overview) => {
      if (!overview) return;
      told({ ...overview, size: overview.records });
      showFreeze(frozen, overview.frozen);
    }, () => {});
  live.on("state", (state) => {
    told(state);
    // The stream tells how many freezes there are; what they are is asked for.
    if (state.frozen !== freezes) look();
    freezes = state.frozen;
  });
  const grow = paced(500, ended.signal, () => (height.textContent = `${number(latest + 1)} records`));
  let latest = 0;
  live.on("records", (records) => {
    latest = records.at(-1).position;
    grow();
  });
  look();

  return {
    node,
    main,
    /** Shows which page is open, and leads the others back to where they were left. */
    mark(page) {
      for (const [name, link] of links) {
        if (name === page) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
        link.href = lastOf(name);
      }
      links.get(page)?.scrollIntoView({ block: "nearest", inline: "center" });
    },
  };
}

const sum = (counts) => Object.values(counts ?? {}).reduce((total, count) => total + count, 0);
const counter = (what, kind) => el(kind ? `span.count.${kind}` : "span.count", { hidden: true, title: what });
const tool = (name, label, onclick) => el(
  "button.quiet",
  { type: "button", title: label, "aria-label": label, onclick },
  icon(name),
);

function setCount(node, value) {
  const count = typeof value === "object" && value !== null ? sum(value) : (value ?? 0);
  node.hidden = count === 0;
  node.textContent = count > 99 ? "99+" : String(count);
}

/** @param {{scope: string, rooms: string[], proposal: string, since: ?string}[]} freezes */
function showFreeze(banner, freezes) {
  banner.hidden = freezes.length === 0;
  banner.replaceChildren(
    el("strong", "Frozen."),
    ...freezes.map((freeze) =>
      el(
        "span",
        `${freeze.rooms.join(", ")} refuse in ${freeze.scope === "*" ? "every scope" : freeze.scope}${freeze.since ? `, since ${stamp(freeze.since)}` : ""}. `,
        el("a", { href: href("governance", [freeze.proposal]) }, "The decision"),
      ),
    ),
  );
}
