// regl as the map's library imports it, given the code that it would otherwise compile by Function(), which the
// content-security policy forbids. What regl compiles for a drawing command depends on the command, on extensions that
// the library does not ask for (instancing, vertex arrays, several targets, minimum and maximum in blending), and on the
// uniforms and attributes that the graphics card's driver lists. So that one record is right for every card, these lists
// are made here.
import createRegl from "../../vendor/regl/index.js";
import { compiled } from "./compiled_gen.js";

export { compiled };

const recorded = new Proxy(compiled, {
  get(code, key) {
    if (key in code) return code[key];
    throw new Error("code for this browser is missing");
  },
});

export default function create({ gl, ...options }) {
  list(gl);
  return new Proxy(createRegl({ ...options, gl, cachedCode: recorded }), {
    apply: (regl, self, [command]) => regl.call(self, { ...command, uniforms: command.uniforms && dynamic(command.uniforms) }),
  });
}

// dynamic makes functions of numbers, which would be written into the code: commands that differ in them alone share it.
const dynamic = (uniforms) => Object.fromEntries(Object.entries(uniforms).map(([name, value]) => [name, typeof value === "number" ? () => value : value]));

// list has a context name the uniforms of a program as its shaders declare them, where drivers leave out those that they
// find unused (a value that is given to such a one is ignored), and attributes in the order of their names.
function list(gl) {
  const types = { int: gl.INT, float: gl.FLOAT, vec2: gl.FLOAT_VEC2, vec3: gl.FLOAT_VEC3, vec4: gl.FLOAT_VEC4, mat4: gl.FLOAT_MAT4, sampler2D: gl.SAMPLER_2D };
  const lists = new WeakMap();
  const parameter = gl.getProgramParameter.bind(gl), attribute = gl.getActiveAttrib.bind(gl);
  const of = (program) => {
    if (!lists.has(program)) {
      const source = gl.getAttachedShaders(program).map((shader) => gl.getShaderSource(shader)).sort().join("\n");
      const uniforms = new Map([...source.matchAll(/^\s*uniform\s+(?:\w+p\s+)?(\w+)\s+(\w+)\s*;/gm)].map(([, type, name]) => [name, { name, type: types[type], size: 1 }]));
      const attributes = Array.from({ length: parameter(program, gl.ACTIVE_ATTRIBUTES) }, (_, i) => attribute(program, i));
      lists.set(program, { uniforms: [...uniforms.values()].sort(byName), attributes: attributes.sort(byName) });
    }
    return lists.get(program);
  };
  gl.getProgramParameter = (program, what) => (what === gl.ACTIVE_UNIFORMS ? of(program).uniforms.length : parameter(program, what));
  gl.getActiveUniform = (program, i) => of(program).uniforms[i];
  gl.getActiveAttrib = (program, i) => of(program).attributes[i];
}

const byName = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
