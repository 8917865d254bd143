// A set of points drawn by the graphics card, with zoom and lasso.
import { faded, plain } from "./colours.js";

// points makes a view of {x, y} in host. heard has select(indices) and hover(index or -1). It fails where the browser has
// no WebGL, or one for which the compiled code of the library is not the right one.
export async function points(host, { x, y }, heard) {
  const { default: createScatterplot } = await import("./scatter.js");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  if (!document.createElement("canvas").getContext("webgl")) throw new Error("there is no WebGL");
  host.append(canvas);
  const n = x.length;
  const scatter = createScatterplot({
    canvas, width: host.clientWidth, height: host.clientHeight,
    pointSize: n > 30000 ? 2 : n > 6000 ? 3 : 5, pointSizeSelected: 1, pointOutlineWidth: 1, opacity: n > 30000 ? 0.6 : 0.8,
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
  return {
    // colour draws the points in the colours of their categories.
    colour(by) {
      colours = by.colours;
      paint();
      drawing = drawing.then(() => scatter.draw({ x, y, valueA: by.categories, valueB: new Float32Array(n) },
        { zDataType: "categorical", wDataType: "continuous", spatialIndexUseWorker: false }));
      return drawing;
    },
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
    end() {
      resized.disconnect();
      scatter.destroy();
    },
  };
}

// dragsAreNoClicks keeps a lasso that ends where it began from being taken for a click on the point there.
function dragsAreNoClicks(host) {
  let way = 0;
  host.addEventListener("pointerdown", () => (way = 0));
  host.addEventListener("pointermove", (event) => (way += Math.abs(event.movementX) + Math.abs(event.movementY)));
  host.addEventListener("click", (event) => way > 8 && event.stopPropagation(), { capture: true });
}
