// The same view without a graphics card: points on a canvas, with a lasso, without zoom.
import { faded, plain } from "./colours.js";

export function plainPoints(host, places, by, heard) {
  const canvas = document.createElement("canvas"), layer = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  host.append(canvas);
  const pen = canvas.getContext("2d"), brush = layer.getContext("2d");
  let { x, y } = places, chosen = new Set(), path = [], lasso = false;

  const place = (i) => {
    const half = Math.min(host.clientWidth, host.clientHeight) / 2;
    return [host.clientWidth / 2 + x[i] * half, host.clientHeight / 2 - y[i] * half];
  };
  // paint paints the points, those that are chosen over the others.
  function paint() {
    for (const c of [canvas, layer]) {
      c.width = host.clientWidth * devicePixelRatio;
      c.height = host.clientHeight * devicePixelRatio;
    }
    brush.scale(devicePixelRatio, devicePixelRatio);
    const side = x.length > 6000 ? 2 : 4;
    for (const above of chosen.size > 0 ? [false, true] : [true]) {
      const colours = above ? by.colours : by.colours.map(faded);
      for (let i = 0; i < x.length; i++) {
        if (chosen.size > 0 && chosen.has(i) !== above) continue;
        const [px, py] = place(i);
        brush.fillStyle = colours[by.categories[i]];
        brush.fillRect(px - side / 2, py - side / 2, side, side);
      }
    }
    draw();
  }
  // draw shows what was painted, and the lasso.
  function draw() {
    pen.resetTransform();
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (layer.width > 0 && layer.height > 0) pen.drawImage(layer, 0, 0);
    if (path.length === 0) return;
    pen.scale(devicePixelRatio, devicePixelRatio);
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
    paint();
    heard.select(inside);
  });
  const resized = new ResizeObserver(paint);
  resized.observe(host);
  return {
    draw(places, colouring) {
      ({ x, y } = places);
      by = colouring;
      paint();
    },
    mode: (on) => (lasso = on),
    select(indices) {
      chosen = new Set(indices);
      paint();
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
