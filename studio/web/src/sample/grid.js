// Images in columns, a collection a row: the same code, or the same step, under every collection.
import { h } from "../lib/dom.js";
import { key } from "../lib/picture.js";
import { roving } from "../lib/roving.js";

// grid shows rows of {collection, images}. headings name the columns; where pick is given, columns can be chosen, and
// chosen says which one is.
export function grid(run, rows, headings, { pick, chosen = -1, name }) {
  const columns = headings.map((heading, x) => {
    const cells = [h("span", { class: "heading" }, heading), rows.map(({ collection, images }) =>
      h("img", { src: images[x], alt: pick ? "" : `${heading}, as ${collection}` }))];
    if (!pick) return h("div", { class: "column" }, cells);
    return h("button", { type: "button", class: "column", "aria-pressed": String(x === chosen), "aria-label": heading, onclick: () => pick(x) }, cells);
  });
  const across = h("div", { class: "across", role: "group", "aria-label": name }, columns);
  if (pick) roving(across)();
  return h("div", { class: "grid scroll", tabindex: pick ? null : 0, role: pick ? null : "region", "aria-label": pick ? null : name },
    h("div", { class: "names" }, h("span", { class: "heading" }, " "), rows.map(({ collection }) => h("span", { class: `key ${key(run, collection)}` }, collection))),
    across);
}
