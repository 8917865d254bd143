// A code that is stayed with: others like it, and the way along directions from it.
import { failed, get, newest, of, patiently, post } from "../lib/api.js";
import { button, choice, field, h, replace, say } from "../lib/dom.js";
import { sheet } from "../lib/picture.js";
import { grid } from "./grid.js";

const steps = [-3, -2, -1, 0, 1, 2, 3];

// walk is a part that shows a code once there is one; more(code, distance) draws codes near it.
export function walk(view, more) {
  const { run, values, signal } = view;
  let code = "", direction = "", directions = [], walked = null;
  const place = h("div", {}, h("p", { class: "note", role: "status" }, "Finding directions in the codes of all held-out images. The first time, this takes a while …"));

  const update = newest(place, async () => {
    if (!code || !direction) return;
    try {
      walked = await post(of(run, "walk"), { code, collection: "", direction, steps }, signal);
      const name = directions.find((d) => d.id === direction).name;
      replace(place, grid(run, walked.rows, steps.map((step) => (step > 0 ? `+${step}` : String(step).replace("-", "−"))), { name: `From the code along ${name}` }));
    } catch (error) {
      failed(say)(error);
    }
  });

  const select = h("select", { disabled: true, onchange: () => { direction = select.value; view.keep({ direction }); update(); } });

  async function load() {
    ({ directions } = await patiently(() => get(of(run, "directions"), signal), (sentence) => replace(place, h("p", { class: "note", role: "status" }, `${sentence} …`))));
    direction = directions.some((d) => d.id === values.direction) ? values.direction : (directions.find((d) => d.kind === "label") ?? directions[0])?.id;
    replace(select, [["label", "Labels"], ["component", "Principal components of codes"]].map(([kind, name]) => {
      const some = directions.filter((d) => d.kind === kind);
      return some.length > 0 && h("optgroup", { label: name }, some.map((d) => h("option", { value: d.id }, d.name)));
    }));
    select.value = direction;
    select.disabled = false;
    update();
  }

  const distance = h("input", { type: "range", min: 0.1, max: 1, step: 0.05, value: values.distance ?? 0.4, id: "distance" });
  const root = h("section", { class: "walk", hidden: true, "aria-label": "The chosen code" },
    h("h2", {}, "The chosen code"),
    h("div", { class: "card row controls" },
      h("div", { class: "grow slider" }, h("label", { for: "distance" }, "How far others may be from it"), distance),
      button("More like this", () => more(code, +distance.value)),
      field("Walk along", select)),
    h("p", { class: "note" }, "The middle column is the code itself. A step is one standard deviation of codes along the direction."),
    place,
    h("div", { class: "row actions" }, button("Download the walk", () => walked &&
      sheet(walked.rows.map((row) => row.images.map((src, i) => ({ src, name: `${row.collection} · ${steps[i]}` }))), `walk-${run.id}-${direction}`, 128))));
  return {
    root, load,
    show(chosen) {
      code = chosen;
      root.hidden = false;
      update();
    },
  };
}
