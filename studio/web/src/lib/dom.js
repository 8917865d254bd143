// Elements made in one expression: h("p", {class: "note"}, "text", child).

const properties = new Set(["value", "checked", "disabled", "selected", "hidden", "open", "multiple"]);

// h makes an element of the page.
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes ?? {}, children);

// s makes an element of a drawing.
export const s = (tag, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes ?? {}, children);

// fill sets what an element has. Keys that begin with "on" are listeners, a few are properties, "style" holds custom
// properties (the content-security policy allows no style in markup), the others are attributes. Attributes and children
// that are null, undefined or false are left out.
function fill(element, attributes, children) {
  const given = Object.entries(attributes);
  for (const [key, value] of given) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [name, v] of Object.entries(value)) element.style.setProperty(name, v);
    else if (!properties.has(key) && value != null && value !== false) {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  for (const [key, value] of given) { // last: a select has no value before it has options
    if (properties.has(key) && value !== undefined) element[key] = value;
  }
  return element;
}

// replace puts children in the place of what an element holds.
export function replace(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

// say tells everybody, those who do not see the page included, what happened.
let silence;
export function say(sentence, grave = false) {
  const status = document.getElementById("status");
  status.textContent = sentence;
  status.classList.toggle("grave", grave);
  status.classList.add("shown");
  clearTimeout(silence);
  silence = setTimeout(() => status.classList.remove("shown"), grave ? 12000 : 4000);
}

// empty is what stands where there is nothing yet: what is missing, and what to do next.
export const empty = (title, ...next) => h("div", { class: "empty" }, h("p", { class: "lead" }, title), ...next);

// field is a control with its name beside it.
export const field = (name, control, ...more) => h("label", { class: "field" }, h("span", {}, name), control, ...more);

// choice is a list to choose one of; options are [value, text] or texts.
export const choice = (options, value, onchange, more = {}) =>
  h("select", { ...more, value, onchange: (event) => onchange(event.target.value) },
    options.map((o) => (Array.isArray(o) ? h("option", { value: o[0] }, o[1]) : h("option", { value: o }, o))));

export const button = (text, onclick, more = {}) => h("button", { type: "button", onclick, ...more }, text);
