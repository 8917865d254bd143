// Map: every held-out image as a point, by its latent z and by its code v.
import { get, imageURL, of, pause, ready } from "../lib/api.js";
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
  const load = (beyond) => get(`${of(run, "map")}?beyond=${beyond}`, signal);
  let data = await load(0);
  while (data.images.length === 0 && data.doing) {
    intro.textContent = `The map is made for the first time: ${data.doing} …`;
    await pause(300);
    data = await load(0);
  }
  replace(intro, about(data));

  let way = values.colour ?? "collection", lasso = false, names = [];
  const chosen = selection(view, () => { view.keep({ select: "" }); select([]); });
  const sides = [side("z", "the latent z", "what the autoencoder sees"), side("v", "the code v", "what the collections share")];
  const legend = h("ul", { class: "legend" });
  const modes = h("div", { class: "segments", role: "group", "aria-label": "What dragging does" },
    button("Move", () => mode(false), { "aria-pressed": "true" }), button("Lasso", () => mode(true), { "aria-pressed": "false" }));
  const zooms = h("div", { class: "segments", role: "group", "aria-label": "Zoom" },
    button("+", () => each((p) => p.zoom(1.5)), { "aria-label": "Zoom in" }), button("−", () => each((p) => p.zoom(1 / 1.5)), { "aria-label": "Zoom out" }),
    button("Whole", () => each((p) => p.reset())));
  const colours = choice([], "", (value) => { way = value; view.keep({ colour: value }); colour(); });
  const group = choice([], "", (value) => { select(value ? members(value) : []); view.keep({ select: value }); });
  offer();
  root.append(h("div", { class: "row tools" }, field("Colour by", colours), field("Select", group), modes, zooms),
    legend, h("div", { class: "sides" }, sides.map((s) => s.figure)), chosen.root);

  await Promise.all(sides.map(draw));
  const end = () => each((p) => p.end());
  if (signal.aborted) return end();
  signal.addEventListener("abort", end);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colour, { signal });
  if (values.select) {
    group.value = values.select;
    if (group.value) select(members(group.value));
  }
  while (data.doing) {
    await pause(1000);
    const next = await load(data.images.length);
    if (next.images.length === 0) data.doing = next.doing;
    else data = next;
    replace(intro, about(data));
    if (data !== next) continue;
    offer();
    await colour();
    const place = new Map(data.images.map((name, i) => [name, i]));
    if (values.select) select(members(values.select)); // of which there may be more now
    else each((p) => p.select(names.map((name) => place.get(name)).filter((i) => i !== undefined)));
  }
  root.dataset.ready = "yes";

  // draw has the points of a side drawn by the graphics card or, where that cannot be, without it.
  async function draw(s) {
    const by = explain();
    try {
      s.points = await points(s.host, fit(data[s.id]), by, s.heard);
    } catch (error) {
      replace(s.host, []);
      s.points = plainPoints(s.host, fit(data[s.id]), by, s.heard);
      if (!zooms.hidden) intro.after(h("p", { class: "note wide plainly", role: "status" },
        `The points are drawn without the graphics card here (${error.message}): they cannot be zoomed and moved; colours and the lasso are as usual.`));
      zooms.hidden = true;
    }
  }

  // offer lists what the points can be coloured by, and the groups that can be selected.
  function offer() {
    const options = ways(data), groupNow = group.value;
    if (!options.some(([value]) => value === way)) way = "collection";
    replace(colours, options.map(([value, text]) => h("option", { value }, text)));
    colours.value = way;
    replace(group, [["", "a group …"], ...groups()].map(([value, text]) => h("option", { value }, text)));
    group.value = groupNow;
  }

  function side(id, name, meaning) {
    const host = h("div", { class: "points", id: `points-${id}` });
    const seen = h("div", { class: "seen", hidden: true });
    const s = { id, host, points: null, heard: {
      select: (indices) => { view.keep({ select: "" }); select(indices); },
      hover(index) {
        each((p) => p !== s.points && p.hover(index));
        for (const other of sides) other.see(index);
      },
    } };
    s.see = (index) => {
      seen.hidden = index < 0;
      if (index >= 0) replace(seen, h("img", { src: imageURL(run, data.images[index]), alt: "" }), h("span", {}, data.images[index]));
    };
    const summary = `${data.total} images by the two main directions of ${name}; use Select for groups without a mouse`;
    s.figure = h("figure", { class: "side card" }, h("figcaption", {}, h("strong", {}, name), h("span", { class: "note" }, ` ${meaning}`)),
      h("div", { class: "frame", role: "img", "aria-label": summary }, host, seen));
    return s;
  }

  function each(work) {
    for (const s of sides) if (s.points) work(s.points);
  }

  function colour() {
    const by = explain();
    return Promise.all(sides.map((s) => s.points.draw(fit(data[s.id]), by)));
  }

  // explain shows what the colours mean, and returns them.
  function explain() {
    const by = colouring(run, data, way);
    replace(legend, by.legend.map(({ name, key }) => h("li", { class: `key ${key}` }, name)), by.missing && h("li", { class: "key none" }, "not known"));
    return by;
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
    names = Array.from(indices, (i) => data.images[i]);
    chosen.show(names);
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
function about({ images, total, doing, leakage }) {
  const idea = `Each of the ${total} held-out images is a point twice: where its latent z lies, and where its code v lies. From z to v the colours of the collections should mix, since the code is to hold what collections share. `;
  return [idea, leakage && h("strong", {}, `A probe names the collection of ${percent(leakage.z)} of images by z, and of ${percent(leakage.v)} by v; guessing names ${percent(leakage.chance)}.`),
    doing && ` So far ${images.length} are placed, chosen at random; ${doing} …`];
}
