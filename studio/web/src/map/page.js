// Map: every held-out image as a point, by its latent z and by its code v.
import { get, imageURL, of, patiently, ready } from "../lib/api.js";
import { button, choice, field, h, replace, say } from "../lib/dom.js";
import { percent } from "../lib/picture.js";
import { colouring, ways } from "./colours.js";
import { fit } from "./fit.js";
import { plainPoints } from "./plain.js";
import { points } from "./points.js";
import { selection } from "./selection.js";

export default { title: "Map", needsModel: true, show };

async function show(root, view) {
  const { run, values, signal } = view;
  const intro = h("p", { class: "note wide", role: "status" }, "Reading where every held-out image lies. The first time, this takes a while …");
  root.append(h("div", { class: "head" }, h("h1", {}, "Map")), intro);
  await ready(run, signal);
  const data = await patiently(() => get(of(run, "map"), signal), (sentence) => (intro.textContent = `${sentence} …`));
  replace(intro, about(data));

  const options = ways(data);
  let way = options.some(([value]) => value === values.colour) ? values.colour : "collection";
  let lasso = false;
  const chosen = selection(view, () => select([]));
  const sides = [side("z", "the latent z", "what the autoencoder sees", data.z), side("v", "the code v", "what the collections share", data.v)];
  const legend = h("ul", { class: "legend" });
  const modes = h("div", { class: "segments", role: "group", "aria-label": "What dragging does" },
    button("Move", () => mode(false), { "aria-pressed": "true" }), button("Lasso", () => mode(true), { "aria-pressed": "false" }));
  const group = choice([["", "a group …"], ...groups()], "", (value) => { select(value ? members(value) : []); view.keep({ select: value }); });
  root.append(
    h("div", { class: "row tools" },
      field("Colour by", choice(options, way, (value) => { way = value; view.keep({ colour: value }); colour(); })),
      field("Select", group), modes,
      h("div", { class: "segments", role: "group", "aria-label": "Zoom" },
        button("+", () => each((p) => p.zoom(1.5)), { "aria-label": "Zoom in" }), button("−", () => each((p) => p.zoom(1 / 1.5)), { "aria-label": "Zoom out" }),
        button("Whole", () => each((p) => p.reset())))),
    legend, h("div", { class: "sides" }, sides.map((s) => s.figure)), chosen.root);

  let fellBack = false;
  await Promise.all(sides.map(async (s) => {
    try {
      s.points = await points(s.host, s.place, s.heard);
    } catch {
      replace(s.host, []);
      s.points = plainPoints(s.host, s.place, s.heard);
      fellBack = true;
    }
  }));
  if (fellBack) intro.after(h("p", { class: "note" }, "This browser draws without its graphics card here: zooming is not possible, the lasso is."));
  const end = () => each((p) => p.end());
  if (signal.aborted) return end();
  signal.addEventListener("abort", end);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colour, { signal });
  await colour();
  root.dataset.ready = "yes";
  if (values.select) {
    group.value = values.select;
    if (group.value) select(members(group.value));
  }

  function side(id, name, meaning, flat) {
    const host = h("div", { class: "points", id: `points-${id}` });
    const seen = h("div", { class: "seen", hidden: true });
    const s = { host, place: fit(flat), points: null, heard: {
      select: (indices) => select(indices),
      hover(index) {
        each((p) => p !== s.points && p.hover(index));
        for (const other of sides) other.see(index);
      },
    } };
    s.see = (index) => {
      seen.hidden = index < 0;
      if (index >= 0) replace(seen, h("img", { src: imageURL(run, data.images[index]), alt: "" }), h("span", {}, data.images[index]));
    };
    const summary = `${data.images.length} images by the two main directions of ${name}; use Select for groups without a mouse`;
    s.figure = h("figure", { class: "side card" }, h("figcaption", {}, h("strong", {}, name), h("span", { class: "note" }, ` ${meaning}`)),
      h("div", { class: "frame", role: "img", "aria-label": summary }, host, seen));
    return s;
  }

  function each(work) {
    for (const s of sides) if (s.points) work(s.points);
  }

  function colour() {
    const c = colouring(run, data, way);
    replace(legend, c.legend.map(({ name, key }) => h("li", { class: `key ${key}` }, name)), c.missing && h("li", { class: "key none" }, "not known"));
    return Promise.all(sides.map((s) => s.points.colour(c)));
  }

  function mode(on) {
    lasso = on;
    for (const [i, b] of [...modes.children].entries()) b.setAttribute("aria-pressed", String(lasso === (i === 1)));
    each((p) => p.mode(lasso));
    if (on) say("Draw around points, on either side.");
  }

  function select(indices) {
    if (indices.length === 0) group.value = "";
    each((p) => p.select(indices));
    chosen.show(Array.from(indices, (i) => data.images[i]));
  }

  function groups() {
    const labels = Object.entries(data.values).flatMap(([name, list]) => list.map((value, i) => [`label:${name}:${i}`, `${name}: ${value}`]));
    return [...run.collections.map((c, i) => [`collection:${i}`, `all of ${c.name}`]), ...labels, ["most", "the 100 most typical"], ["least", "the 100 least typical"]];
  }

  function members(value) {
    const all = [...data.images.keys()];
    if (value === "most" || value === "least") {
      const known = all.filter((i) => data.typicality[i] != null).sort((a, b) => data.typicality[a] - data.typicality[b]);
      return value === "least" ? known.slice(0, 100) : known.slice(-100).reverse();
    }
    const [kind, ...rest] = value.split(":");
    const index = +rest.at(-1), of = kind === "collection" ? data.collection : data.labels[rest.slice(0, -1).join(":")];
    return all.filter((i) => of[i] === index);
  }
}

// about is the idea of the map in sentences, with its numbers.
function about({ images, leakage }) {
  const idea = `Each of the ${images.length} held-out images is a point twice: where its latent z lies, and where its code v lies. From z to v the colours of the collections should mix, since the code is to hold what collections share. `;
  return [idea, leakage && h("strong", {}, `A probe names the collection of ${percent(leakage.z)} of images by z, and of ${percent(leakage.v)} by v; guessing names ${percent(leakage.chance)}.`)];
}
