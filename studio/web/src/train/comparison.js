// Runs side by side: their losses in the charts, and what was measured on held-out images.
import { failed, get, of } from "../lib/api.js";
import { h, replace, say } from "../lib/dom.js";

// rows are the numbers that are compared: what they mean, and where they are in evaluation.json.
const rows = [
  ["error of reconstructions", (e) => e.reconstruction?.l1],
  ["sharpness of reconstructions", (e) => e.reconstruction?.sharpness],
  ["likelihood, bits per dimension", (e) => e.nll?.bits_per_dim],
  ["collection told from z, two-layer probe", (e) => e.leakage?.mlp?.z],
  ["collection told from v, two-layer probe", (e) => e.leakage?.mlp?.v],
  ["collection told from v, linear probe", (e) => e.leakage?.linear?.v],
];

// comparison is a part that adds other runs to the charts and to a table.
export function comparison(view, curves) {
  const { run, runs, signal } = view;
  const shown = new Set([run]);
  const measured = new Map(); // a run's id to its evaluation, or null
  const place = h("div", { class: "scroll" });

  async function toggle(other, on) {
    try {
      if (on) {
        shown.add(other);
        await curves.add(other);
      } else {
        shown.delete(other);
        curves.remove(other);
      }
      for (const one of shown.size > 1 ? shown : []) {
        if (!measured.has(one.id)) measured.set(one.id, one.state === "trained" ? await evaluation(one) : null);
      }
      draw();
    } catch (error) {
      failed(say)(error);
    }
  }

  // evaluation is what was measured of a run; null of one that was imported and never measured.
  async function evaluation(other) {
    try {
      return await get(of(other, "evaluation"), signal);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  }

  function draw() {
    if (shown.size < 2) return replace(place, h("p", { class: "note" }, "Tick another run, and its losses and measurements stand beside those of this one."));
    const ids = [...shown].map((one) => one.id);
    replace(place, h("table", {}, h("caption", { class: "visually-hidden" }, "What was measured on held-out images"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "On held-out images"), ids.map((id) => h("th", { scope: "col" }, id)))),
      h("tbody", {}, rows.map(([name, of]) => h("tr", {}, h("th", { scope: "row" }, name), ids.map((id) => cell(measured.get(id) && of(measured.get(id)))))))));
  }

  draw();
  return h("section", {}, h("h2", {}, "Compare with other runs"),
    h("div", { class: "row", role: "group", "aria-label": "Runs to compare with" }, runs.filter((other) => other !== run).map((other) =>
      h("label", { class: "check" }, h("input", { type: "checkbox", onchange: (e) => toggle(other, e.target.checked) }), `${other.id}${other.state === "trained" ? "" : ` (${other.state})`}`))),
    place);
}

const cell = (e) => h("td", {}, e ? [short(e.value), h("span", { class: "interval" }, `${short(e.low)} to ${short(e.high)}`)] : "–");
const short = (v) => Number(v.toPrecision(3)).toString();
