// The same view without a graphics card: points on a canvas, with a lasso, without zoom.
import { faded, plain } from "./colours.js";

export function plainPoints(host, places, by, heard) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  host.append(canvas);
  const pen = canvas.getContext("2d");
  let { x, y } = places, chosen = new Set(), path = [], lasso = false;

  const place = (i) => {
    const half = Math.min(canvas.width, canvas.height) / 2;
    return [canvas.width / 2 + x[i] * half, canvas.height / 2 - y[i] * half];
  };
  function draw() {
    canvas.width = host.clientWidth;
    canvas.height = host.clientHeight;
    const side = x.length > 6000 ? 2 : 4;
    for (let i = 0; i < x.length; i++) {
      const [px, py] = place(i);
      const colour = by.colours[by.categories[i]];
      pen.fillStyle = chosen.size === 0 || chosen.has(i) ? colour : faded(colour);
      pen.fillRect(px - side / 2, py - side / 2, side, side);
    }
    if (path.length === 0) return;
    pen.strokeStyle = plain("--dot");
    pen.beginPath();
    for (const [px, py] of path) pen.lineTo(px, py);
    pen.stroke();
  }
  const at = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerdown", (event) => {
    if (!lasso) return;
    canvas.setPointerCapture(event.pointerId);
    path = [at(event)];
  });
  canvas.addEventListener("pointermove", (event) => {
    if (path.length === 0) return;
    path.push(at(event));
    draw();
  });
  canvas.addEventListener("pointerup", () => {
    if (path.length === 0) return;
    const inside = Array.from(x.keys()).filter((i) => within(path, place(i)));
    path = [];
    chosen = new Set(inside);
    draw();
    heard.select(inside);
  });
  const resized = new ResizeObserver(draw);
  resized.observe(host);
  return {
    draw(places, colouring) {
      ({ x, y } = places);
      by = colouring;
      draw();
    },
    mode: (on) => (lasso = on),
    select(indices) {
      chosen = new Set(indices);
      draw();
    },
    hover() {}, zoom() {}, reset() {},
    end: () => resized.disconnect(),
  };
}

// within says whether a point is inside a polygon: a line from it crosses the edge an odd number of times.
function within(polygon, [px, py]) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[i], [bx, by] = polygon[j];
    if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
