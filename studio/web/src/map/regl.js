// regl as the map's library imports it, given the code that it would otherwise compile by Function(), which the
// content-security policy forbids.
import createRegl from "../../vendor/regl/index.js";
import { compiled } from "./compiled_gen.js";

export { compiled };

export default function create(options) {
  return createRegl({ ...options, cachedCode: compiled });
}
