// Project: one image as every collection would show it.
import { failed, newest, of, patiently, post } from "../lib/api.js";
import { button, choice, field, h, replace, say } from "../lib/dom.js";
import { copyLink, key, percent, picture, sheet } from "../lib/picture.js";
import { animation } from "./animation.js";
import { slots } from "./slots.js";
import { asked, readSource, writeSource } from "./source.js";

export default { title: "Project", needsModel: true, show };

async function show(root, view) {
  const { run, values } = view;
  const sources = [readSource(values.image, values.upload), readSource(values.image2, values.upload2)];
  const state = { blend: +(values.blend ?? 0.5), from: values.from ?? "", strength: +(values.strength ?? 1), detail: +(values.detail ?? 1) };
  const shown = results(run);

  // what is asked of the server, and what the address says of it
  const request = () => ({ source: asked(sources[0]), second: asked(sources[1]), blend: sources[1] ? state.blend : 0, from: state.from, strength: state.strength, detail: state.detail });
  function remember() {
    const [first, second] = sources.map(writeSource);
    view.keep({ ...first, image2: second.image, upload2: second.upload, blend: sources[1] ? state.blend : "", from: state.from,
      strength: state.strength === 1 ? "" : state.strength, detail: state.detail === 1 ? "" : state.detail });
  }

  const update = newest(shown.grid, async () => {
    try {
      const answer = await patiently(() => post(of(run, "project"), request(), view.signal), shown.wait);
      shown.fill(answer, state.from);
    } catch (error) {
      failed((sentence) => {
        const gone = error.status === 404 && sources.some((s) => s?.upload);
        say(gone ? "The studio no longer has this upload: drop the picture in again." : sentence, true);
      })(error);
    }
  });
  function changed() {
    blending.hidden = !sources[1];
    remember();
    if (sources[0]) update();
  }

  const slider = (name, text, max, value, set) => {
    const output = h("output", {}, value.toFixed(2));
    const input = h("input", { type: "range", min: 0, max, step: 0.01, value, id: name, oninput: () => {
      output.textContent = (+input.value).toFixed(2);
      set(+input.value);
      changed();
    } });
    return h("div", { class: "slider", id: `${name}-slider` }, h("label", { for: name }, text, " ", output), input);
  };
  const strength = slider("strength", "Strength", 1.5, state.strength, (v) => (state.strength = v));
  strength.append(h("div", { class: "scale", "aria-hidden": "true" }, h("span", {}, "0 the image"), h("span", {}, "1 the projection"), h("span", {}, "1.5")));
  const detail = slider("detail", "Detail", 1, state.detail, (v) => (state.detail = v));
  detail.append(h("div", { class: "scale", "aria-hidden": "true" }, h("span", {}, "0 the model alone"), h("span", {}, "1 all of the image's")));
  const blending = slider("blend", "Blend: how much of the second image", 1, state.blend, (v) => (state.blend = v));
  blending.hidden = !sources[1];

  const choose = slots(view, sources, changed);
  const from = choice([["", "what fits best"], ...run.collections.map((c) => c.name)], state.from, (v) => { state.from = v; changed(); });
  root.append(
    h("div", { class: "head" }, h("h1", {}, "Project"), h("p", { class: "note" }, "One image, as each collection would show it.")),
    h("div", { class: "columns" }, choose.root,
      h("section", { class: "result", "aria-label": "The image in every collection" },
        h("div", { class: "known" }, shown.own, h("div", { class: "belongs" }, h("h2", {}, "Where it belongs"), shown.posterior,
          field("Read it as from", from), shown.note)),
        h("div", { class: "sliders card" }, strength, detail, blending),
        shown.grid,
        h("div", { class: "row actions" },
          button("Download all", () => shown.save()), button("Copy the link", copyLink)),
        animation(view, request)),
      choose.heldOut));
  shown.own.classList.add("waiting");
  if (sources[0]) changed();
  await choose.load();
}

// results are the places of what the server answers; they stay while their pictures change.
function results(run) {
  const own = h("div", { class: "pictures own" });
  const grid = h("div", { class: "pictures", style: { "--cards": run.collections.length } });
  const posterior = h("ul", { class: "posterior" });
  const note = h("p", { class: "note", role: "status" });
  const pictures = new Map();

  function put(place, id, src, name, caption, colour) {
    if (!pictures.has(id)) {
      const made = picture({ src, name, caption, key: colour });
      pictures.set(id, made);
      place.append(made.figure);
    }
    pictures.get(id).img.src = src;
  }

  return {
    own, grid, posterior, note,
    wait: (sentence) => (note.textContent = `${sentence} …`),
    fill(answer, from) {
      own.classList.remove("waiting");
      put(own, "input", answer.input, "Input", "Input");
      put(own, "reconstruction", answer.reconstruction, "Reconstruction", "Reconstruction");
      for (const { collection, image } of answer.projections) put(grid, `to ${collection}`, image, `As ${collection} would show it`, `as ${collection}`, key(run, collection));
      replace(posterior, answer.posterior.map(({ collection, p }) => h("li", { class: key(run, collection) },
        h("span", { class: "key" }, collection), h("span", {}, percent(p)), h("span", { class: "bar", style: { "--share": p } }, h("i", {})))));
      note.textContent = answer.note || (from ? "" : `It fits ${answer.from} best.`);
      note.classList.toggle("warning", !answer.fits);
    },
    save() {
      if (pictures.size === 0) return;
      sheet([[...pictures.values()].map(({ img }) => ({ src: img.src, name: img.alt }))], `projection-${run.id}`);
    },
  };
}
