// Copies side by side, with keep or drop; what is kept, or what is dropped, becomes a path list.
import { done, failed, imageURL, of, post } from "../lib/api.js";
import { button, empty, h, replace, say } from "../lib/dom.js";

const mostShown = 40;

// duplicates adds the copies of a run's images to a page, when they are asked for: to look for them takes a while.
export async function duplicates(root, view) {
  const { run, signal } = view;
  const place = h("div", {});
  const look = button("Look for copies", load);
  root.append(h("section", { "aria-label": "Copies" }, h("h2", {}, "Copies"),
    h("p", { class: "note" }, "Images that are the same, or nearly so. Where one lies among those that are trained on and another among those held out, measurements flatter the model."),
    look, place));

  async function load() {
    look.disabled = true;
    const said = h("p", { class: "note", role: "status" }, "Comparing all images …");
    replace(place, said);
    try {
      draw(await done(`${of(run, "duplicates")}?now=true`, signal, (sentence) => (said.textContent = `Comparing all images: ${sentence}`)));
      look.hidden = true;
    } catch (error) {
      look.disabled = false;
      replace(place);
      failed(say)(error);
    }
  }

  function draw({ sets, leaks }) {
    if (sets.length === 0) return replace(place, empty("No copies were found.", h("p", {}, "Every image of these collections is its own.")));
    const dropped = new Set(sets.flatMap((s) => s.images.filter((i) => !i.keep).map((i) => i.image)));
    const list = h("ul", { class: "copies" });
    let shown = 0;
    const more = button("Show more", next);
    const save = h("form", { class: "row", onsubmit: (event) => { event.preventDefault(); store(); } },
      h("label", { class: "field" }, h("span", {}, "Name of the list"), h("input", { name: "name", value: "copies-to-drop", required: true })), h("button", { class: "main" }, "Save what is dropped"));
    function next() {
      list.append(...sets.slice(shown, shown + mostShown).map((s) => group(s, dropped)));
      shown += mostShown;
      more.hidden = shown >= sets.length;
    }
    async function store() {
      try {
        const { path, written } = await post(of(run, "lists"), { name: save.elements.name.value, images: [...dropped] }, signal);
        say(`${written} images are listed in ${path}.`);
      } catch (error) {
        failed(say)(error);
      }
    }
    next();
    replace(place, h("p", { role: "status" }, [`There are ${sets.length} sets of copies. `, leaks > 0 && h("strong", {}, `${leaks} of them lie on both sides of the split. `), "Of each, the best is kept unless you say otherwise."]), list, more, save);
  }

  function group({ kind, leak, images }, dropped) {
    return h("li", { class: "card" }, h("strong", {}, kind === "exact" ? "The same" : "Nearly the same"), leak && h("span", { class: "note small" }, " on both sides of the split"),
      h("div", { class: "row" }, images.map(({ image, side, width, height }) => {
        const mark = () => {
          const drop = dropped.has(image);
          replace(toggle, drop ? "Drop" : "Keep");
          figure.classList.toggle("dropped", drop);
          toggle.setAttribute("aria-pressed", String(!drop));
          toggle.setAttribute("aria-label", `${drop ? "Dropped" : "Kept"}: ${image}`);
        };
        const toggle = button("", () => {
          if (!dropped.delete(image)) dropped.add(image);
          mark();
        });
        const figure = h("figure", {}, h("img", { src: imageURL(run, image), alt: image, loading: "lazy" }), h("figcaption", { class: "small" }, image, h("br"), `${width} × ${height}, ${side === "train" ? "trained on" : "held out"}`), toggle);
        mark();
        return figure;
      })));
  }
}
