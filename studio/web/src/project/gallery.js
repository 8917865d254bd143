// The held-out images of a run, to pick from: by collection, label and file name.
import { failed, get, imageURL, of, patiently, query, ready } from "../lib/api.js";
import { button, choice, field, h, replace } from "../lib/dom.js";
import { roving } from "../lib/roving.js";

const pageSize = 48;

// gallery shows the images and calls pick with the name of the one that is chosen. mark says which one is shown.
export function gallery(run, signal, pick) {
  const filter = { collection: "", label: "", q: "" };
  let shown = [], total = 0, chosen = "";
  const list = h("ul", { class: "thumbs" });
  const settle = roving(list);
  const count = h("p", { class: "note small", role: "status" });
  const more = button("Show more", () => load(false));
  const typed = debounced(() => load(true), 250);

  const wait = (sentence) => (count.textContent = `${sentence} …`);
  const filters = h("div", { class: "row" });

  async function load(anew) {
    try {
      const answer = await patiently(() => get(`${of(run, "images")}${query({ ...filter, side: "validation", offset: anew ? 0 : shown.length, limit: pageSize })}`, signal), wait);
      shown = anew ? answer.images : [...shown, ...answer.images];
      total = answer.total;
      draw();
    } catch (error) {
      failed((sentence) => (count.textContent = sentence))(error);
    }
  }

  function draw() {
    replace(list, shown.map(({ image, collection, labels: own }) => {
      const about = [image, ...Object.entries(own ?? {}).map(([name, value]) => `${name} ${value}`)].join(", ");
      return h("li", {}, h("button", { type: "button", "aria-label": about, title: about, "aria-pressed": String(image === chosen),
        "data-image": image, onclick: () => pick(image) },
        h("img", { src: imageURL(run, image), alt: "", loading: "lazy", class: collection })));
    }));
    settle();
    more.hidden = shown.length >= total;
    count.textContent = total === 0 ? "No held-out image is like that. Choose other filters, or type less of the name."
      : `${shown.length} of ${total} held-out images`;
  }

  // offer shows what can be filtered by; the labels are known once the images have been read.
  function offer() {
    const labels = new Map(run.collections.flatMap((c) => Object.entries(c.labels ?? {}).flatMap(([name, values]) =>
      values.map((value) => [`${name}:${value}`, `${name}: ${value}`]))));
    replace(filters,
      field("Collection", choice([["", "all"], ...run.collections.map((c) => c.name)], "", (v) => { filter.collection = v; load(true); })),
      labels.size > 0 && field("Label", choice([["", "any"], ...labels], "", (v) => { filter.label = v; load(true); })),
      field("File name", h("input", { type: "search", placeholder: "part of it", oninput: (e) => { filter.q = e.target.value; typed(); } })));
  }

  return {
    root: h("div", { class: "gallery" }, filters, count, list, more),
    async load() {
      wait("The images of this run are being read");
      try {
        await ready(run, signal);
      } catch (error) {
        return failed((sentence) => (count.textContent = sentence))(error);
      }
      offer();
      await load(true);
    },
    first: () => shown[0]?.image,
    mark(image) {
      chosen = image ?? "";
      for (const b of list.querySelectorAll("button")) b.setAttribute("aria-pressed", String(b.dataset.image === chosen));
    },
  };
}

function debounced(work, wait) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}
