// What is typical of each collection and what is not: images, and the patches of them that make the difference.
import { done, failed, get, imageURL, of, query } from "../lib/api.js";
import { h, replace } from "../lib/dom.js";
import { key } from "../lib/picture.js";
import { address } from "../lib/route.js";

const mostShown = 8; // images at either end

// strip is some images; each leads to its projection.
export const strip = (run, images) => h("ul", { class: "strip" }, images.map((image) => h("li", {}, linked(run, image, picture(run, image)))));

const linked = (run, image, ...shown) => h("a", { href: address(run.id, "project", { image }), title: image, "aria-label": `Project ${image}` }, shown);
const picture = (run, image) => h("img", { src: imageURL(run, image), alt: "", loading: "lazy" });

const nats = (score) => `${score < 100 ? score.toPrecision(2) : Math.round(score).toLocaleString("en")} nats`;

// typical is the section of images and patches, each collection's by itself. The patches come later: to find them takes
// a while.
export async function typical(view) {
  const { run, signal } = view;
  // As many are at either end as in an audit (Typicality.AtEitherEnd), so that no image is at both.
  const images = async (collection, sort) => {
    const { total, images } = await get(`${of(run, "images")}${query({ collection, sort, side: "validation", limit: mostShown })}`, signal);
    return images.slice(0, Math.floor((total + 1) / 3)).map((i) => i.image);
  };
  const groups = await Promise.all(run.collections.map(async ({ name }) => ({ name, most: await images(name, "typical"), least: await images(name, "untypical") })));
  const said = h("p", { class: "note small", role: "status" }, "Looking for the patches that matter …");
  const ends = groups.map(({ name, most, least }) => ({ name, places: { most: end("most typical", most), least: end("least typical", least) } }));
  const section = h("section", { "aria-label": "Most and least typical", "aria-busy": "true" }, h("h2", {}, "Most and least typical"),
    h("p", { class: "note" }, "Typical of a collection is what it has far more of than the others do. Below the images are patches of them that matter, those that look alike in a row. ",
      "Choose an image or a patch to project it."), said,
    ends.map(({ name, places }) => h("div", { class: "typical" }, h("h3", { class: `key ${key(run, name)}` }, name),
      h("div", { class: "two" }, places.most, places.least))));
  fill().catch(failed((sentence) => (said.textContent = sentence))).finally(() => section.setAttribute("aria-busy", "false"));
  return section;

  function end(title, list) {
    return h("div", {}, h("p", { class: "note small" }, title), strip(run, list), h("div", { class: "patches" }));
  }

  async function fill() {
    const found = await done(`${of(run, "patches")}?now=true`, signal, (sentence) => (said.textContent = `Looking for the patches that matter: ${sentence}`));
    replace(said);
    said.hidden = true;
    for (const { collection, other, most, least } of found.collections) {
      const { places } = ends.find((e) => e.name === collection);
      clusters(places.most.lastChild, found, most, `What makes them typical: how much less so each would be if the patch looked as ${other} shows it`);
      clusters(places.least.lastChild, found, least, `What keeps them from it: how much more typical each would be if the patch looked as ${collection} shows it`);
    }
  }

  function clusters(place, found, list, title) {
    if (list.length === 0) return replace(place, h("p", { class: "note small" }, "No patch of these images makes a difference by itself."));
    return replace(place, h("p", { class: "note small" }, title),
      h("ul", {}, list.map(({ score, patches }) => h("li", {},
        h("div", { class: "row" }, whole(found, patches[0]), patches.map((p) => patch(found, p)), h("span", { class: "note small" }, nats(score)))))));
  }

  // whole is the image of a patch, with a frame where the patch is.
  function whole({ side, size }, { image, x, y }) {
    return linked(run, image, picture(run, image), h("i", { class: "at", style: { "--x": x / side, "--y": y / side, "--size": size / side } }));
  }

  function patch({ side, size }, { image, x, y, score }) {
    const cut = linked(run, image, picture(run, image));
    cut.className = "patch";
    cut.title = `${image}: ${nats(score)}`;
    for (const [name, value] of Object.entries({ "--scale": side / size, "--x": x / size, "--y": y / size })) cut.style.setProperty(name, value);
    return cut;
  }
}
