// The way from the image to what a collection makes of it, as a file.
import { failed, of, postForFile } from "../lib/api.js";
import { button, choice, field, h, replace, say } from "../lib/dom.js";
import { fileName } from "../lib/picture.js";

// animation is a part that makes a GIF, or an MP4 where the server can, of what request() asks for.
export function animation(view, request) {
  const { run, features, signal } = view;
  let to = run.collections.at(-1).name, format = "gif", url = "";
  const place = h("div", { class: "film" });
  const make = button("Make it", work);
  signal.addEventListener("abort", () => URL.revokeObjectURL(url));

  async function work() {
    const asked = request();
    if (!asked.source) return say("Choose an image first.");
    make.disabled = true;
    replace(place, h("p", { class: "note", role: "status" }, "Drawing the way there …"));
    try {
      const file = await postForFile(of(run, "animation"), { ...asked, to, format }, signal);
      URL.revokeObjectURL(url);
      url = URL.createObjectURL(file);
      const name = `The image on its way to ${to}`;
      replace(place,
        format === "mp4" ? h("video", { src: url, controls: true, loop: true, autoplay: true, playsinline: true, "aria-label": name }) : h("img", { src: url, alt: name }),
        h("a", { class: "button", href: url, download: `${fileName(`${run.id}-to-${to}`)}.${format}` }, `Download the ${format.toUpperCase()}`));
    } catch (error) {
      replace(place);
      failed(say)(error);
    } finally {
      make.disabled = false;
    }
  }

  return h("details", { class: "animation" }, h("summary", {}, "Animation"),
    h("div", { class: "row" },
      field("On its way to", choice(run.collections.map((c) => c.name), to, (v) => (to = v))),
      field("File", choice(features.mp4 ? [["gif", "GIF"], ["mp4", "MP4"]] : [["gif", "GIF"]], format, (v) => (format = v))),
      make),
    !features.mp4 && h("p", { class: "note small" }, "With ffmpeg installed beside the studio, MP4 can be made as well."),
    place);
}
