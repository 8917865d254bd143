// fit puts points, given as x0, y0, x1, y1, ..., into the square from -1 to 1 with both axes alike. The farthest 0.2% may
// lie outside: a few strays would make the others small.
export function fit(flat) {
  const n = flat.length / 2;
  const x = Float32Array.from({ length: n }, (_, i) => flat[2 * i]), y = Float32Array.from({ length: n }, (_, i) => flat[2 * i + 1]);
  const [midX, halfX] = range(x), [midY, halfY] = range(y);
  const scale = 0.95 / (Math.max(halfX, halfY) || 1);
  return { x: x.map((v) => (v - midX) * scale), y: y.map((v) => (v - midY) * scale) };
}

function range(values) {
  const sorted = values.slice().sort();
  const low = sorted[Math.floor(0.001 * (sorted.length - 1))], high = sorted[Math.ceil(0.999 * (sorted.length - 1))];
  return [(low + high) / 2, (high - low) / 2];
}
