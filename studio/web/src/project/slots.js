// The panel where images are chosen: one, or two to blend. Files are dropped anywhere on the page, pasted, chosen, or
// taken by the camera; held-out images are picked from thumbnails.
import { failed, imageURL, of, patiently, upload } from "../lib/api.js";
import { button, h, replace, say } from "../lib/dom.js";
import { hasCamera, photograph } from "./camera.js";
import { crop } from "./crop.js";
import { gallery } from "./gallery.js";

const names = ["Image", "Second image"];

// slots shows the sources, [first, second or null], and calls changed after each change. It has two parts: root, where
// images come from, and heldOut, those that the run has.
export function slots(view, sources, changed) {
  const { run, signal } = view;
  let active = 0;
  const tabs = h("div", { class: "slots", role: "group", "aria-label": "Which image to choose" });
  const place = h("div", { class: "place" });
  const pictures = gallery(run, signal, (image) => choose({ image }));
  const input = h("input", { type: "file", accept: "image/*", class: "visually-hidden", id: "file", tabindex: -1, onchange: () => take(input.files[0]) });

  function choose(source) {
    sources[active] = source;
    draw();
    changed();
  }

  async function take(file) {
    if (!file) return;
    input.value = "";
    say("Reading the picture …");
    try {
      const { upload: id, width, height, crop: square, face } = await patiently(() => upload(of(run, "uploads"), file), say);
      choose({ upload: id, width, height, crop: square, face });
      say(face ? "A face was found; the crop is around it." : "The picture is there. Move the crop to what it should show.");
    } catch (error) {
      failed(say)(error);
    }
  }

  function activate(index) {
    active = index;
    draw();
  }

  function draw() {
    replace(tabs, names.map((name, index) => (index === 0 || sources[0]) && slot(name, index)));
    replace(place, dropzone());
    pictures.mark(sources[active]?.image);
  }

  function slot(name, index) {
    const source = sources[index];
    return h("div", { class: "slot" },
      h("button", { type: "button", "aria-pressed": String(index === active), onclick: () => activate(index) },
        source ? h("img", { src: source.image ? imageURL(run, source.image) : pictureURL(run, source), alt: "" }) : h("span", { class: "plus" }, "+"),
        h("span", {}, index === 1 && !source ? "Blend with a second" : name)),
      index === 1 && source && button("Remove", () => { active = 0; sources[1] = null; draw(); changed(); }, { class: "plain", "aria-label": "Remove the second image" }));
  }

  function dropzone() {
    const source = sources[active];
    return h("div", { class: "drop" },
      source?.upload && crop({ src: pictureURL(run, source), width: source.width, height: source.height, square: source.crop,
        changed: (square) => { source.crop = square; changed(); } }),
      !source?.upload && h("p", { class: "invite" }, h("strong", {}, "Drop a photograph anywhere on this page"),
        h("span", { class: "note" }, "or paste one, or choose:")),
      h("div", { class: "row" },
        button(source?.upload ? "Another file" : "Choose a file", () => input.click()),
        hasCamera() && button("Camera", async () => take(await photograph()))));
  }

  const over = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  };
  const left = (event) => event.relatedTarget === null && document.body.classList.remove("dropping");
  addEventListener("dragover", over, { signal });
  addEventListener("dragleave", left, { signal });
  addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  }, { signal });
  addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((f) => f.type.startsWith("image/"));
    if (file) take(file);
  }, { signal });

  draw();
  const root = h("section", { class: "choose card", "aria-label": "Choose an image" }, tabs, place,
    h("label", { class: "visually-hidden", for: "file" }, "A picture from this computer"), input);
  const heldOut = h("section", { class: "pick card", "aria-label": "Held-out images" }, h("h2", {}, "Or pick a held-out image"), pictures.root);
  return { root, heldOut, load: async () => {
    await pictures.load();
    if (!sources[0] && pictures.first()) {
      sources[0] = { image: pictures.first() };
      changed();
    }
    draw();
  } };
}

const pictureURL = (run, source) => `/api/${of(run, `uploads/${encodeURIComponent(source.upload)}/picture`)}`;
