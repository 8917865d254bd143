// The form that starts a run from folders.
import { failed, post } from "../lib/api.js";
import { button, choice, field, h, replace, say } from "../lib/dom.js";
import { chooseFolder } from "./folders.js";

// form is the part; started(id) is called once the run has begun.
export function form(started) {
  const folders = [];
  const list = h("ul", { class: "chosen" });
  const name = h("input", { required: true, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", placeholder: "my-first-run", title: "Letters, digits, dots and hyphens" });
  const size = choice(["32", "48", "64", "96", "128"].map((v) => [v, `${v} × ${v}`]), "48", () => {});
  const minutes = h("input", { type: "number", min: 1, max: 1440, value: 10, required: true });
  const gray = h("input", { type: "checkbox" });
  const begin = h("button", { class: "main" }, "Begin training");

  function draw() {
    replace(list, folders.map((folder, i) => h("li", { class: "row" },
      h("label", { class: "field" }, h("span", {}, "Collection"), h("input", { value: folder.name, required: true, oninput: (e) => (folder.name = e.target.value) })),
      h("span", { class: "grow note small" }, folder.path),
      button("Remove", () => { folders.splice(i, 1); draw(); }, { "aria-label": `Remove ${folder.name}` }))),
      folders.length < 2 && h("li", { class: "note" }, folders.length === 0 ? "Choose two folders or more, one for each collection." : "One more folder is needed to compare with."));
    begin.disabled = folders.length < 2;
  }

  async function submit(event) {
    event.preventDefault();
    begin.disabled = true;
    try {
      const { id } = await post("runs", { name: name.value, collections: folders, size: +size.value, minutes: +minutes.value, gray: gray.checked });
      say(`${name.value} has begun.`);
      started(id ?? name.value);
    } catch (error) {
      failed(say)(error);
    }
    begin.disabled = false;
  }
  draw();
  return h("form", { class: "card new-run", onsubmit: submit },
    list,
    button("Add a folder", async () => {
      const folder = await chooseFolder();
      if (!folder) return;
      folders.push({ name: folder.name, path: folder.path });
      draw();
    }),
    h("div", { class: "row" }, field("Name of the run", name), field("Size of images", size), field("Minutes", minutes),
      h("label", { class: "check" }, gray, "Without colour"), begin),
    h("p", { class: "note small" }, "Without colour, what collections differ in is not only their tint. Training can be stopped at any moment and continued later."));
}
