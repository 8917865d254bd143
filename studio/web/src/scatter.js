// The library of the map, bundled by itself.
export { default } from "../vendor/regl-scatterplot/index.js";
export { compiled } from "./map/compiled_gen.js";
