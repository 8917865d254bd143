// The losses of runs, a chart for each phase of training and a curve for each run.
import { get, of } from "../lib/api.js";
import { h, replace } from "../lib/dom.js";
import { chart } from "./chart.js";

const phases = ["autoencoder", "decoder", "flow"];

// losses is a part that shows what it is given: add(run) reads a run's losses so far and shows them, remove takes them
// away, step adds the newest of a run that is being trained.
export function losses(signal) {
  const runs = new Map(); // id to its points by phase
  const root = h("div", { class: "losses" });
  const waiting = new Map();
  let due = false;

  function draw() {
    due = false;
    const names = [...runs.keys()];
    const all = new Set(names.flatMap((id) => Object.keys(runs.get(id))));
    const shown = [...phases.filter((p) => all.has(p)), ...[...all].filter((p) => !phases.includes(p))];
    replace(root, names.length > 1 && h("ul", { class: "legend" }, names.map((id, i) => h("li", { class: `key s${(i % 6) + 1}` }, id))),
      h("div", { class: "charts" }, shown.map((phase) => h("figure", {}, h("figcaption", {}, h("strong", {}, phase), h("small", { class: "note" }, " loss by step")),
        chart(`Loss of the ${phase}`, names.map((id, i) => ({ name: id, key: `s${(i % 6) + 1}`, points: runs.get(id)[phase] ?? [] })))))));
  }
  function later() {
    if (due) return;
    due = true;
    setTimeout(() => signal.aborted || draw(), 500);
  }
  function put(id, line) {
    const of = runs.get(id);
    const points = (of[line.phase] ??= []);
    if (points.length === 0 || line.step > points.at(-1)[0]) points.push([line.step, line.loss]);
  }
  return {
    root,
    async add(run) {
      const told = [];
      waiting.set(run.id, told); // steps that are told while those so far are on their way
      const { steps } = await get(`${of(run, "metrics")}?since=0`, signal);
      if (waiting.get(run.id) !== told) return;
      waiting.delete(run.id);
      runs.set(run.id, {});
      for (const line of [...steps, ...told]) put(run.id, line);
      draw();
    },
    remove(run) {
      waiting.delete(run.id);
      runs.delete(run.id);
      draw();
    },
    step(run, line) {
      waiting.get(run.id)?.push(line);
      if (!runs.has(run.id)) return;
      put(run.id, line);
      later();
    },
  };
}
