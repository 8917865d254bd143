// The square of an uploaded picture that the model is shown: moved and resized by hand or by keys.
import { h } from "../lib/dom.js";

// crop shows a picture of the given width and height with the square over it, and calls changed with each new square,
// {x, y, side} in pixels of the picture.
export function crop({ src, width, height, square, changed }) {
  const least = Math.max(8, Math.min(width, height) / 16);
  let now = within(square);
  const box = h("button", { type: "button", class: "square", "aria-label": "Crop. Arrow keys move it, plus and minus resize it.", onkeydown: keyed });
  const handle = h("span", { class: "handle" });
  box.append(handle);
  const frame = h("div", { class: "crop" }, h("img", { src, alt: "The whole picture" }), box);
  const size = h("input", { type: "range", min: Math.ceil(least), max: Math.min(width, height), step: "any", value: now.side, "aria-label": "Size of the crop",
    oninput: (e) => resize(+e.target.value) });
  frame.style.setProperty("--ratio", width / height);

  function within({ x, y, side }) {
    side = Math.max(least, Math.min(side, width, height));
    return { x: Math.max(0, Math.min(x, width - side)), y: Math.max(0, Math.min(y, height - side)), side };
  }

  function put(next, tell = true) {
    now = within(next);
    for (const [name, value] of [["--x", now.x / width], ["--y", now.y / height], ["--w", now.side / width], ["--h", now.side / height]]) {
      box.style.setProperty(name, value);
    }
    size.value = now.side;
    if (tell) changed({ x: Math.round(now.x), y: Math.round(now.y), side: Math.round(now.side) });
  }

  // resize keeps the middle of the square where it is.
  const resize = (side) => put({ x: now.x + (now.side - side) / 2, y: now.y + (now.side - side) / 2, side });

  function keyed(event) {
    const step = (event.shiftKey ? 0.1 : 0.02) * Math.min(width, height);
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) put({ ...now, x: now.x + moves[event.key][0], y: now.y + moves[event.key][1] });
    else if (event.key === "+" || event.key === "=") resize(now.side + step);
    else if (event.key === "-") resize(now.side - step);
    else return;
    event.preventDefault();
  }

  box.addEventListener("pointerdown", (event) => {
    const scale = width / frame.getBoundingClientRect().width;
    const from = { ...now }, x = event.clientX, y = event.clientY, resizing = event.target === handle;
    box.setPointerCapture(event.pointerId);
    const move = (e) => {
      const dx = (e.clientX - x) * scale, dy = (e.clientY - y) * scale;
      if (resizing) put({ ...from, side: Math.min(from.side + Math.max(dx, dy), width - from.x, height - from.y) });
      else put({ ...from, x: from.x + dx, y: from.y + dy });
    };
    const end = () => {
      box.removeEventListener("pointermove", move);
      box.removeEventListener("pointerup", end);
      box.removeEventListener("pointercancel", end);
    };
    box.addEventListener("pointermove", move);
    box.addEventListener("pointerup", end);
    box.addEventListener("pointercancel", end);
  });
  put(now, false);
  return h("div", { class: "cropper" }, frame, h("label", { class: "field" }, h("span", {}, "Size of the crop"), size));
}
