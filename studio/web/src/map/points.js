// A set of points drawn by the graphics card, with zoom and lasso.
import { faded, plain } from "./colours.js";

// needed are the extensions of WebGL without which the library draws nothing.
const needed = ["OES_texture_float", "OES_element_index_uint", "WEBGL_color_buffer_float", "EXT_float_blend"];

// points makes a view of places, {x, y}, in host, coloured by a colouring. heard has select(indices) and hover(index or -1).
// Where the browser cannot draw so, it fails with an error whose message says why.
export async function points(host, places, by, heard) {
  const { default: createScatterplot } = await import("./scatter.js");
  const gl = document.createElement("canvas").getContext("webgl");
  if (!gl) throw new Error("this browser has no WebGL");
  const lacking = needed.filter((name) => !gl.getExtension(name));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  if (lacking.length > 0) throw new Error(`its WebGL has no ${lacking.join(", ")}`);
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  host.append(canvas);
  const looks = (n) => ({ pointSize: n > 30000 ? 2 : n > 6000 ? 3 : 5, opacity: n > 30000 ? 0.6 : 0.8 });
  const scatter = createScatterplot({
    canvas, width: host.clientWidth, height: host.clientHeight,
    ...looks(places.x.length), pointSizeSelected: 1, pointOutlineWidth: 1,
    colorBy: "valueA", lassoOnLongPress: false, lassoInitiator: false, lassoMinDist: 3, lassoMinDelay: 4,
  });
  scatter.subscribe("select", ({ points: chosen }) => heard.select(chosen));
  scatter.subscribe("deselect", () => heard.select([]));
  scatter.subscribe("pointover", (index) => heard.hover(index));
  scatter.subscribe("pointout", () => heard.hover(-1));
  dragsAreNoClicks(host);
  const resized = new ResizeObserver(() => scatter.set({ width: host.clientWidth, height: host.clientHeight }));
  resized.observe(host);

  let drawing = Promise.resolve(), colours = [], some = false;
  // paint fades what is not selected, where something is.
  const paint = () => scatter.set({ pointColor: some ? colours.map(faded) : colours, pointColorActive: colours,
    pointColorHover: colours.map(() => plain("--ink")), backgroundColor: plain("--card"), lassoColor: plain("--dot") });
  const end = () => {
    resized.disconnect();
    scatter.destroy();
  };
  // draw draws points at their places in the colours of their categories.
  function draw({ x, y }, by) {
    colours = by.colours;
    scatter.set(looks(x.length));
    paint();
    drawing = drawing.then(() => scatter.draw({ x, y, valueA: by.categories, valueB: new Float32Array(x.length) },
      { zDataType: "categorical", wDataType: "continuous", spatialIndexUseWorker: false }));
    return drawing;
  }
  try {
    await draw(places, by);
  } catch (error) {
    end();
    throw error;
  }
  return {
    draw,
    mode: (lasso) => scatter.set({ mouseMode: lasso ? "lasso" : "panZoom" }),
    select: (indices) => drawing.then(() => {
      some = indices.length > 0;
      paint();
      if (some) scatter.select(indices, { preventEvent: true });
      else scatter.deselect({ preventEvent: true });
    }),
    hover: (index) => scatter.hover(index, { preventEvent: true }),
    zoom: (factor) => scatter.zoomToLocation(scatter.get("cameraTarget"), scatter.get("cameraDistance") / factor),
    reset: () => scatter.zoomToOrigin(),
    end,
  };
}

// dragsAreNoClicks keeps a lasso that ends where it began from being taken for a click on the point there.
function dragsAreNoClicks(host) {
  let way = 0;
  host.addEventListener("pointerdown", () => (way = 0));
  host.addEventListener("pointermove", (event) => (way += Math.abs(event.movementX) + Math.abs(event.movementY)));
  host.addEventListener("click", (event) => way > 8 && event.stopPropagation(), { capture: true });
}
