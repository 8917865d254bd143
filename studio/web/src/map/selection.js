// The images that are selected on the map: what they look like, what their labels are against the rest, what the
// collections make of them, and their list as a file.
import { failed, imageURL, of, post } from "../lib/api.js";
import { button, empty, h, replace, say } from "../lib/dom.js";
import { key, percent } from "../lib/picture.js";
import { roving } from "../lib/roving.js";
import { address } from "../lib/route.js";
import { grid } from "../sample/grid.js";

const mostThumbs = 60, mostProjected = 12;

// selection is a part that shows a set of images by their names; clear takes the selection back.
export function selection(view, clear) {
  const { run, signal } = view;
  const root = h("section", { class: "selection", "aria-label": "Selection" });
  let number = 0;

  function show(images) {
    const mine = ++number;
    if (images.length === 0) return replace(root, nothing());
    const thumbs = h("ul", { class: "thumbs" }, spread(images, mostThumbs).map((image) => h("li", {},
      h("a", { href: address(run.id, "project", { image }), title: image, "aria-label": `Project ${image}` }, h("img", { src: imageURL(run, image), alt: "", loading: "lazy" })))));
    roving(thumbs)();
    const shares = h("div", { "aria-busy": "true" }, h("p", { class: "note", role: "status" }, "Counting labels …"));
    const projected = h("div", {});
    replace(root,
      h("div", { class: "row" }, h("h2", { class: "grow" }, `${images.length} selected`),
        button(images.length > mostProjected ? `Project ${mostProjected} of them` : "Project them", (event) => project(images, projected, event.target)),
        saving(images), button("Select none", clear)),
      projected,
      h("div", { class: "halves" },
        h("div", {}, thumbs, images.length > mostThumbs && h("p", { class: "note small" }, `${mostThumbs} of them, evenly taken.`)),
        shares));
    post(of(run, "selection"), { images }, signal)
      .then((answer) => mine === number && replace(shares, table(answer.labels)))
      .catch(failed((sentence) => replace(shares, h("p", {}, sentence))))
      .finally(() => shares.setAttribute("aria-busy", "false"));
  }

  const nothing = () => empty("Nothing is selected.",
    h("p", {}, "Press Lasso and draw around points on either side, or take a group from “Select”. Its images, their labels against the rest, and what can be done with them appear here."));

  function table(labels) {
    return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Shares of labels" }, h("table", { class: "shares" },
      h("caption", { class: "visually-hidden" }, "Shares of labels in the selection, and in the rest"),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Label"), h("th", { scope: "col" }, "Selected"), h("th", { scope: "col" }, "Rest"))),
      h("tbody", {}, Object.entries(labels).sort(collectionFirst).flatMap(([name, values]) => {
        const counts = Object.values(values);
        const all = { selected: sum(counts.map((c) => c.selected)), rest: sum(counts.map((c) => c.rest)) };
        return Object.entries(values).map(([value, { selected, rest }]) => h("tr", {},
          h("th", { scope: "row" }, `${name}: ${value}`), cell(selected, all.selected), cell(rest, all.rest)));
      }))));
  }
  const cell = (n, all) => h("td", { title: `${n} of ${all}` }, all === 0 ? "–" : [percent(n / all), h("span", { class: "bar", style: { "--share": n / all } }, h("i", {}))]);

  function saving(images) {
    const name = h("input", { value: "selection", required: true, "aria-label": "Name of the path list", pattern: "[A-Za-z0-9 _.\\-]+" });
    return h("form", { class: "row save-list", onsubmit: async (event) => {
      event.preventDefault();
      try {
        const { path, written } = await post(of(run, "lists"), { name: name.value, images });
        say(`${written} images are listed in ${path}, which commands take in place of a folder.`);
      } catch (error) {
        failed(say)(error);
      }
    } }, name, h("button", {}, "Save the list"));
  }

  async function project(images, place, pressed) {
    pressed.disabled = true;
    const some = spread(images, mostProjected);
    const rows = [{ collection: "as it is", images: [] }, ...run.collections.map((c) => ({ collection: c.name, images: [] }))];
    try {
      for (const image of some) {
        const answer = await post(of(run, "project"), { source: { image }, second: null, blend: 0, from: "", strength: 1 }, signal);
        rows[0].images.push(answer.input);
        for (const [i, { image: made }] of answer.projections.entries()) rows[i + 1].images.push(made);
        replace(place, grid(run, rows, rows[0].images.map((_, i) => String(i + 1)), { name: "The selection under every collection" }));
      }
    } catch (error) {
      failed(say)(error);
    }
    pressed.disabled = false;
  }

  show([]);
  return { root, show };
}

const collectionFirst = ([a], [b]) => (b === "collection") - (a === "collection");
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);

// spread takes at most n of a list at even steps.
const spread = (list, n) => (list.length <= n ? list : Array.from({ length: n }, (_, i) => list[Math.floor((i * list.length) / n)]));
