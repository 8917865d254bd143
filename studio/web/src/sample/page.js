// Sample: the same codes under every collection.
import { failed, newest, of, patiently, post } from "../lib/api.js";
import { button, choice, field, h, replace, say } from "../lib/dom.js";
import { copyLink, sheet } from "../lib/picture.js";
import { grid } from "./grid.js";
import { walk } from "./walk.js";

export default { title: "Sample", needsModel: true, show };

async function show(root, view) {
  const { run, values, signal } = view;
  const state = { n: +(values.n ?? 8), seed: +(values.seed ?? 1), temperature: +(values.temperature ?? 0.85), near: values.near ?? "", distance: +(values.distance ?? 0.4) };
  let drawn = null, locked = values.code ?? "";
  const place = h("div", { class: "drawn", "aria-live": "off" });
  const about = h("p", { class: "note", role: "status" });
  const walking = walk(view, more);

  const update = newest(place, async () => {
    try {
      const near = state.near ? { code: state.near, distance: state.distance } : null;
      drawn = await patiently(() => post(of(run, "sample"), { n: state.n, seed: state.seed, temperature: state.temperature, near }, signal), (sentence) => (about.textContent = `${sentence} …`));
      draw();
    } catch (error) {
      failed(say)(error);
    }
  });

  function changed() {
    view.keep({ n: state.n === 8 ? "" : state.n, seed: state.seed, temperature: state.temperature === 0.85 ? "" : state.temperature,
      near: state.near, distance: state.near ? state.distance : "" });
    seed.value = state.seed;
    update();
  }

  function draw() {
    const focused = place.contains(document.activeElement);
    const chosen = drawn.codes.indexOf(locked);
    replace(place, grid(run, drawn.rows, drawn.codes.map((_, i) => `Code ${i + 1}`), { pick: lock, chosen, name: "Codes: choose one to stay with it" }));
    if (focused) place.querySelectorAll("button")[Math.max(chosen, 0)]?.focus();
    replace(about, state.near ? ["These codes are near one that you chose. ", button("All codes again", () => { state.near = ""; changed(); }, { class: "plain" })]
      : "Each column is one random code. What changes down a column is what the collections differ in. Choose a column to stay with it.");
  }

  function lock(index) {
    locked = drawn.codes[index];
    view.keep({ code: locked });
    draw();
    walking.show(locked);
  }

  function more(code, distance) {
    state.near = code;
    state.distance = distance;
    changed();
    place.scrollIntoView({ block: "nearest" });
  }

  const seed = h("input", { type: "number", min: 0, step: 1, value: state.seed, onchange: () => { state.seed = Math.max(0, Math.round(+seed.value || 0)); changed(); } });
  const shownTemperature = h("output", {}, state.temperature.toFixed(2));
  const temperature = h("input", { type: "range", id: "temperature", min: 0.1, max: 1.5, step: 0.05, value: state.temperature, oninput: () => {
    state.temperature = +temperature.value;
    shownTemperature.textContent = state.temperature.toFixed(2);
    changed();
  } });
  root.append(
    h("div", { class: "head" }, h("h1", {}, "Sample"), h("p", { class: "note" }, "The same random codes, as each collection would show them.")),
    h("div", { class: "card row controls" },
      button("New codes", () => { state.seed = Math.floor(Math.random() * 1e6); changed(); }, { class: "main" }),
      h("div", { class: "grow slider" }, h("label", { for: "temperature" }, "Temperature ", shownTemperature), temperature),
      field("Codes", choice([4, 8, 12, 16].map(String), String(state.n), (v) => { state.n = +v; changed(); })),
      h("label", { class: "field seed" }, h("span", {}, "Seed"), seed)),
    about, place,
    h("div", { class: "row actions" },
      button("Download all", () => drawn && sheet(drawn.rows.map((row) => row.images.map((src, i) => ({ src, name: `${row.collection} · code ${i + 1}` }))), `samples-${run.id}-${state.seed}`, 128)),
      button("Copy the link", copyLink)),
    walking.root);
  changed();
  if (locked) walking.show(locked);
  await walking.load();
}
