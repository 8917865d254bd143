// Choosing a folder of this machine, within those that the studio may read.
import { failed, get, query } from "../lib/api.js";
import { button, empty, h, replace } from "../lib/dom.js";

// chooseFolder answers {name, path}, or null.
export function chooseFolder() {
  return new Promise((resolve) => {
    let chosen = null;
    const place = h("div", {});
    const dialog = h("dialog", { "aria-label": "Choose a folder of images" },
      h("header", {}, h("h2", {}, "Choose a folder of images"), button("Cancel", () => dialog.close())), place);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
    const take = (folder) => {
      chosen = folder;
      dialog.close();
    };
    async function open(path) {
      try {
        const { path: here, parent, folders } = await get(`folders${query({ path })}`);
        replace(place,
          here && h("p", { class: "row" }, parent !== undefined && button("Up", () => open(parent ?? "")), h("span", { class: "grow note" }, here),
            button("Take this folder", () => take({ name: here.split(/[\\/]/).filter(Boolean).at(-1), path: here }), { class: "main" })),
          folders.length > 0 ? h("ul", { class: "folders" }, folders.map((f) => h("li", {},
            button(f.name, () => open(f.path), { class: "plain", "aria-label": `Open ${f.name}` }),
            h("span", { class: "note small" }, f.images == null ? "" : f.images === 1 ? "1 image" : `${f.images} images`),
            button("Take", () => take(f), { "aria-label": `Take ${f.name}` }))))
            : here ? h("p", { class: "note" }, "There are no folders in this one.")
              : empty("The studio may read no folder.", h("p", {}, "Start it again with the folders that hold your images: `dataprism serve --root FOLDER`.")));
        place.querySelector("button")?.focus();
      } catch (error) {
        failed((sentence) => replace(place, h("p", { role: "alert" }, sentence), button("Back", () => open(""))))(error);
      }
    }
    document.body.append(dialog);
    dialog.showModal();
    open("");
  });
}
