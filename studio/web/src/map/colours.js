// What the points of the map are coloured by: categories of images, each with a name and a colour.

const hues = ["--s1", "--s2", "--s3", "--s4", "--s5", "--s6"];
const steps = 9; // of the scale of typicality

// ways are the things to colour by: [value, text].
export const ways = (data) => [["collection", "collection"], ...Object.keys(data.labels).map((name) => [`label:${name}`, name]), ["typicality", "typicality"]];

// colouring gives each image its category (an Int32Array), and the categories their names and colours. Values beyond the
// sixth share one colour, since more than six are not told apart; images without a value have the colour of edges.
export function colouring(run, data, way) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  if (way === "typicality") return byTypicality(data, colour);
  const [kind, name] = way.split(/:(.*)/s);
  const values = kind === "label" ? data.values[name] : run.collections.map((c) => c.name);
  const of = kind === "label" ? data.labels[name] : data.collection;
  const shown = Math.min(values.length, hues.length);
  const other = values.length > shown ? shown - 1 : shown; // the last colour stands for all others
  const categories = Int32Array.from(of, (v) => (v < 0 || v == null ? shown : Math.min(v, values.length > shown ? other : v)));
  const legend = Array.from({ length: shown }, (_, i) => ({ name: i === other ? "others" : values[i], colour: colour(hues[i]), from: i, key: `s${i + 1}` }));
  const missing = categories.includes(shown);
  return { categories, colours: [...legend.map((l) => l.colour), colour("--line")], legend, missing };
}

// byTypicality makes steps of equal numbers of images, from untypical to typical of their collection.
function byTypicality(data, colour) {
  const order = Float64Array.from(data.typicality, (t) => (t == null ? NaN : t)).filter((t) => !Number.isNaN(t)).sort();
  const limits = Array.from({ length: steps - 1 }, (_, i) => order[Math.floor(((i + 1) * order.length) / steps)]);
  const categories = Int32Array.from(data.typicality, (t) => (t == null ? steps : limits.filter((l) => t >= l).length));
  const [low, high] = [hexOf(colour("--s2")), hexOf(colour("--s1"))];
  const middle = hexOf(colour("--line"));
  const colours = Array.from({ length: steps }, (_, i) => {
    const t = (2 * i) / (steps - 1);
    return t < 1 ? mix(low, middle, t) : mix(middle, high, t - 1);
  });
  return { categories, colours: [...colours, colour("--line")], missing: categories.includes(steps), legend: [
    { name: "least typical of its collection", colour: colours[0], key: "s2" }, { name: "most typical", colour: colours[steps - 1], key: "s1" }] };
}

// hexOf is the three numbers of a colour written "#rgb" or "#rrggbb".
function hexOf(text) {
  const digits = text.slice(1).length === 3 ? [...text.slice(1)].map((d) => d + d) : text.slice(1).match(/../g);
  return digits.map((d) => parseInt(d, 16));
}

const mix = (a, b, t) => `#${a.map((v, i) => Math.round(v + t * (b[i] - v)).toString(16).padStart(2, "0")).join("")}`;

// faded is a colour of a point that is not among those looked at.
export const faded = (colour) => mix(hexOf(colour), hexOf(plain("--card")), 0.72);

// plain is a colour of the style as six hexadecimal digits.
export const plain = (name) => mix(hexOf(getComputedStyle(document.documentElement).getPropertyValue(name).trim()), [0, 0, 0], 0);
