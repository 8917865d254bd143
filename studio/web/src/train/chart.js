// Curves of numbers over steps, as a drawing.
import { s } from "../lib/dom.js";

const width = 460, height = 220, left = 46, bottom = 26, top = 8, right = 8;
const mostPoints = 400;

// chart draws series of {name, key, points: [[x, y], ...]}; name says what is drawn to those who do not see it.
export function chart(name, series) {
  const some = series.filter((one) => one.points.length > 0).map((one) => ({ ...one, points: smooth(one.points) }));
  const xs = some.flatMap((one) => one.points.map((p) => p[0]));
  const x = scale(0, Math.max(1, ...xs), left, width - right);
  const [low, high] = bounds(some);
  const y = scale(low, high, height - bottom, top);
  const last = some.map((one) => `${one.name} ${short(one.points.at(-1)[1])}`).join(", ");
  return s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${name}: now ${last || "nothing yet"}`, class: "chart" },
    ticks(low, high, 4).map((v) => [s("line", { x1: left, x2: width - right, y1: y(v), y2: y(v), class: "axis" }), s("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, short(v))]),
    ticks(0, Math.max(1, ...xs), 5).map((v) => s("text", { x: x(v), y: height - 8, "text-anchor": "middle" }, short(v))),
    some.map((one) => s("polyline", { class: `curve ${one.key}`, points: one.points.map((p) => `${x(p[0]).toFixed(1)},${y(Math.min(p[1], high)).toFixed(1)}`).join(" ") })));
}

const scale = (from, to, a, b) => (v) => a + ((v - from) / (to - from || 1)) * (b - a);
const short = (v) => (Math.abs(v) >= 1000 ? `${Number((v / 1000).toPrecision(3))}k` : Number(v.toPrecision(3)).toString());

// smooth takes means of runs of points, so that noise does not hide where a curve goes.
function smooth(points) {
  const every = Math.max(1, Math.ceil(points.length / mostPoints));
  const finite = points.filter((p) => Number.isFinite(p[1]));
  const out = [];
  for (let i = 0; i < finite.length; i += every) {
    const part = finite.slice(i, i + every);
    out.push([part.at(-1)[0], part.reduce((sum, p) => sum + p[1], 0) / part.length]);
  }
  return out;
}

// bounds leave out the highest 3% of each curve: the first steps are far above all that follows.
function bounds(series) {
  if (series.length === 0) return [0, 1];
  const sorted = series.map((one) => one.points.map((p) => p[1]).sort((a, b) => a - b));
  const low = Math.min(...sorted.map((s) => s[0])), high = Math.max(...sorted.map((s) => s[Math.floor(0.97 * (s.length - 1))]));
  return high > low ? [low - 0.05 * (high - low), high + 0.1 * (high - low)] : [low - 1, high + 1];
}

// ticks are round numbers between two others.
function ticks(low, high, count) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((f) => f * power >= rough) * power;
  const out = [];
  for (let v = Math.ceil(low / step) * step; v <= high; v += step) out.push(Number(v.toPrecision(12)));
  return out;
}
