// Charts as SVG. Each is drawn for the width it has, and again when that changes.

import { el, svg } from "./dom.js";
import { brief } from "./format.js";

/**
 * A chart of its own width: `draw(width)` gives the shapes.
 * @param {string} label what a person hears who does not see it
 */
export function chart(label, height, draw) {
  const node = svg("svg.chart", { role: "img", "aria-label": label, height });
  let known = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width === known || width < 40) return;
    known = width;
    node.setAttribute("viewBox", `0 0 ${width} ${height}`);
    node.replaceChildren(...[draw(width)].flat(Infinity).filter(Boolean));
  }).observe(node);
  return node;
}

export const legend = (names, offset = 0) => el(
  "div.legend",
  names.map((name, index) => el(`span.s${index + 1 + offset}`, {}, name)),
);

/** A round number at or above the largest value. */
function ceiling(value) {
  if (value <= 4) return 4;
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 4, 5, 10].map((factor) => factor * unit).find((limit) => limit >= value);
}

function frameOf(width, height, top, { left = 34, unit = brief } = {}) {
  const plot = { left, right: width - 4, top: 8, bottom: height - 20 };
  const y = (value) => plot.bottom - (value / top) * (plot.bottom - plot.top);
  const axes = [0, top / 2, top].map((value) => [
    svg("line.axis", { x1: plot.left, x2: plot.right, y1: y(value), y2: y(value) }),
    svg("text", { x: plot.left - 6, y: y(value) + 4, "text-anchor": "end" }, unit(value)),
  ]);
  return { plot, y, axes };
}

/** Labels at both ends and in the middle. */
function ticks(labels, plot, height) {
  const last = labels.length - 1;
  return [[0, "start"], [last >> 1, "middle"], [last, "end"]].map(([index, anchor]) =>
    svg(
      "text",
      { x: plot.left + ((plot.right - plot.left) * index) / Math.max(last, 1), y: height - 4, "text-anchor": anchor },
      labels[index] ?? "",
    ),
  );
}

/**
 * Stacked bars. Pointing at one, or moving to it by keyboard, reads it out; choosing one calls `onchoose(index)`.
 * @param {{label: string, values: number[]}[]} bars
 */
export function bars(title, names, bars, { height = 168, onchoose, shade = 0 } = {}) {
  const top = ceiling(Math.max(1, ...bars.map((bar) => bar.values.reduce((sum, value) => sum + value, 0))));
  const readout = el("p.readout", onchoose && "Choose a bar to see its records.");
  const read = (bar) => () => (
    readout.textContent = `${bar.label}  ${names.map((name, index) => `${name} ${bar.values[index]}`).join(", ")}`
  );
  const node = chart(title, height, (width) => {
    const { plot, y, axes } = frameOf(width, height, top);
    const step = (plot.right - plot.left) / bars.length;
    const shapes = bars.map((bar, place) => {
      const x = plot.left + place * step;
      let base = 0;
      const stack = bar.values.map((value, index) => {
        if (!value) return null;
        const shape = svg(
          `rect.s${index + 1 + shade}`,
          { x: x + step * 0.12, width: Math.max(1, step * 0.76), y: y(base + value), height: y(base) - y(base + value), rx: 1 },
        );
        base += value;
        return shape;
      });
      const hit = svg("rect.hit", {
        x, width: step, y: plot.top, height: plot.bottom - plot.top, onpointerenter: read(bar), onfocus: read(bar),
        ...(
          onchoose && {
            tabindex: place === bars.length - 1 ? 0 : -1,
            role: "button",
            "aria-label": bar.label,
            onclick: () => onchoose(place),
            onkeydown: (event) => walk(event, place),
          }
        ),
      });
      return [stack, hit];
    });
    return [axes, shapes, ticks(bars.map((bar) => bar.label), plot, height)];
  });

  function walk(event, place) {
    const hits = node.querySelectorAll(".hit");
    if (event.key === "Enter") onchoose(place);
    else if (event.key === "ArrowLeft") hits[place - 1]?.focus();
    else if (event.key === "ArrowRight") hits[place + 1]?.focus();
    else return;
    event.preventDefault();
  }
  return [node, readout];
}

/**
 * Stacked areas between 0 and 1, for parts that add up.
 * @param {{label: string, values: number[]}[]} points
 */
export function areas(title, names, points, { height = 180, limits = [] } = {}) {
  return chart(title, height, (width) => {
    const { plot, y, axes } = frameOf(width, height, 1, { unit: (value) => value.toFixed(1) });
    const x = (index) => plot.left + ((plot.right - plot.left) * index) / Math.max(points.length - 1, 1);
    const base = points.map(() => 0);
    const layers = names.map((_, layer) => {
      const lower = points.map((_, index) => `${x(index)},${y(base[index])}`).reverse();
      const upper = points.map((point, index) => `${x(index)},${y((base[index] += point.values[layer]))}`);
      return svg(`polygon.area.s${layer + 1}`, { points: [...upper, ...lower].join(" ") });
    });
    const marks = limits.map((limit) => svg("line.limit", { x1: plot.left, x2: plot.right, y1: y(limit), y2: y(limit) }));
    return [axes, layers, marks, ticks(points.map((point) => point.label), plot, height)];
  });
}

/**
 * Curves over a logarithmic axis.
 * @param {{name: string, points: {x: number, y: number}[]}[]} curves
 */
export function curves(title, list, { height = 240, limit, unit } = {}) {
  const all = list.flatMap((curve) => curve.points);
  const [low, high] = [Math.max(1, Math.min(...all.map((point) => point.x))), Math.max(2, ...all.map((point) => point.x))];
  return chart(title, height, (width) => {
    const { plot, y, axes } = frameOf(width, height, 1, { left: 42, unit: (value) => `${Math.round(value * 100)} %` });
    const x = (value) => plot.left + (
      (plot.right - plot.left) * Math.log(Math.max(value, low) / low)
    ) / Math.log(high / low || 2);
    const lines = list.map((curve, index) =>
      svg(`polyline.curve.l${(index % 4) + 1}`, { points: curve.points.map((point) => `${x(point.x)},${y(point.y)}`).join(" ") }));
    const decades = [];
    for (let value = 10 ** Math.ceil(Math.log10(low)); value <= high; value *= 10) {
      decades.push(svg("text", { x: x(value), y: height - 4, "text-anchor": "middle" }, value.toLocaleString("en-GB")));
    }
    const mark = limit && limit <= high && svg("line.limit", { x1: x(limit), x2: x(limit), y1: plot.top, y2: plot.bottom });
    return [axes, lines, mark, decades, unit && svg("text", { x: plot.right, y: plot.bottom - 6, "text-anchor": "end" }, unit)];
  });
}

/** A share of a whole, in parts. */
export const meter = (label, parts, whole = 1) =>
  el(
    "div.meter",
    { role: "img", "aria-label": label, title: label },
    parts.map((part, index) => el(`i.s${index + 1}`, { style: { "--part": Math.max(0, Math.min(1, part / whole)) } })),
  );
