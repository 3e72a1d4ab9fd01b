// Line icons on a 20 × 20 grid.

import { svg } from "./dom.js";

const PATHS = {
  overview: "M3 11h5V3H3zM12 9h5V3h-5zM12 17h5v-5h-5zM3 17h5v-3H3z",
  agents: "M7 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 17c0-3 2-5 5-5s5 2 5 5M13 4a2.5 2.5 0 0 1 0 5M14 12c2.5.3 4 2 4 5",
  governance: "M10 2v16M5 18h10M4 5h12M4 5l-2.5 6h5zM16 5l-2.5 6h5z",
  approvals: "M3 11l2.5-7h9L17 11v6H3zM3 11h4l1 2.5h4l1-2.5h4",
  policy: "M5 2h7l4 4v12H5zM12 2v4h4M8 10h5M8 13.5h5",
  log: "M10 2v4M5 10h10M5 10v3M15 10v3M10 6v4M3 13h4v4H3zM13 13h4v4h-4z",
  vault: "M3 3h14v13H3zM5 16v2M15 16v2M10 12.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 9.5h5",
  compute: "M10 2l7 4v8l-7 4-7-4V6zM3 6l7 4 7-4M10 10v8",
  theme: "M10 3a7 7 0 1 0 7 7 5.5 5.5 0 0 1-7-7z",
  help: "M7.5 7.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M10 14.5v.1M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16z",
  leave: "M8 3H4v14h4M12 6l4 4-4 4M16 10H8",
  good: "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM6.5 10.2l2.4 2.4 4.6-5",
  bad: "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM7.2 7.2l5.6 5.6M12.8 7.2l-5.6 5.6",
  warn: "M10 3l8 14H2zM10 8.5v3.5M10 14.5v.1",
  open: "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16z",
};

/** An icon that says nothing by itself; its neighbour has the words. */
export function icon(name) {
  return svg(
    "svg",
    {
      viewBox: "0 0 20 20", fill: "none", stroke: "currentColor", "stroke-width": 1.5, "stroke-linecap": "round",
      "stroke-linejoin": "round", "aria-hidden": "true",
    },
    svg("path", { d: PATHS[name] }),
  );
}
