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
  const shown = new Map(); // id to evaluation, or null
  const place = h("div", { class: "scroll" });

  async function toggle(other, on) {
    try {
      if (!on) {
        shown.delete(other.id);
        if (other !== run) curves.remove(other);
      } else {
        if (other !== run) await curves.add(other);
        shown.set(other.id, other.state === "trained" ? await get(of(other, "evaluation"), signal) : null);
      }
      draw();
    } catch (error) {
      failed(say)(error);
    }
  }

  function draw() {
    if (shown.size < 2) return replace(place, h("p", { class: "note" }, "Tick another run, and its losses and measurements stand beside those of this one."));
    const ids = [...shown.keys()];
    replace(place, h("table", {}, h("caption", { class: "visually-hidden" }, "What was measured on held-out images"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "On held-out images"), ids.map((id) => h("th", { scope: "col" }, id)))),
      h("tbody", {}, rows.map(([name, of]) => h("tr", {}, h("th", { scope: "row" }, name), ids.map((id) => cell(shown.get(id) && of(shown.get(id)))))))));
  }

  toggle(run, true);
  return h("section", {}, h("h2", {}, "Compare with other runs"),
    h("div", { class: "row", role: "group", "aria-label": "Runs to compare with" }, runs.filter((other) => other !== run).map((other) =>
      h("label", { class: "check" }, h("input", { type: "checkbox", onchange: (e) => toggle(other, e.target.checked) }), `${other.id}${other.state === "trained" ? "" : ` (${other.state})`}`))),
    place);
}

const cell = (e) => h("td", {}, e ? [short(e.value), h("span", { class: "interval" }, `${short(e.low)} to ${short(e.high)}`)] : "–");
const short = (v) => Number(v.toPrecision(3)).toString();
