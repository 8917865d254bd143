// Pictures with their names, and taking them away as files.
import { button, h, say } from "./dom.js";

// picture is an image with its caption and a button that downloads it.
export function picture({ src, name, caption, key, file }) {
  const img = h("img", { src, alt: name });
  const figure = h("figure", { class: "picture" }, img, h("figcaption", {},
    h("span", { class: key ? `key ${key}` : null }, caption ?? name),
    button("↓", () => download(img.src, `${fileName(file ?? name)}.png`), { class: "save", "aria-label": `Download: ${name}`, title: "Download" })));
  return { figure, img };
}

// fileName is a name that every file system takes.
export const fileName = (name) => name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^-+|-+$/g, "") || "picture";

export function download(url, name) {
  const a = h("a", { href: url, download: name });
  document.body.append(a);
  a.click();
  a.remove();
}

const loaded = (src) => new Promise((resolve, reject) => {
  const img = new Image();
  img.onload = () => resolve(img);
  img.onerror = () => reject(new Error("A picture could not be read."));
  img.src = src;
});

// sheet downloads pictures side by side, with their names above, as one file. Rows are of {src, name}.
export async function sheet(rows, file, side = 192) {
  const gap = 12, head = 24;
  const columns = Math.max(...rows.map((row) => row.length));
  const canvas = h("canvas", { width: gap + columns * (side + gap), height: gap + rows.length * (side + head + gap) });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.font = "14px system-ui, sans-serif";
  pen.fillStyle = "#222428";
  for (const [y, row] of rows.entries()) {
    const images = await Promise.all(row.map((cell) => loaded(cell.src)));
    for (const [x, img] of images.entries()) {
      const left = gap + x * (side + gap), top = gap + y * (side + head + gap);
      pen.fillText(row[x].name, left, top + 15, side);
      pen.drawImage(img, left, top + head, side, side);
    }
  }
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const url = URL.createObjectURL(blob);
  download(url, `${fileName(file)}.png`);
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

export async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    say("The link to this view is copied.");
  } catch {
    say("The link to this view is in the address bar.");
  }
}

// key is the class of a collection's colour, by its place among the run's.
export const key = (run, name) => `s${(run.collections.findIndex((c) => c.name === name) % 6) + 1}`;

// percent is a share as people read it: with a digit more where whole numbers would say all or nothing.
export function percent(p) {
  if (p > 0 && p < 0.0005) return "< 0.1%";
  if (p < 1 && p > 0.9995) return "> 99.9%";
  return p > 0.99 && p < 1 || p > 0 && p < 0.01 ? `${(100 * p).toFixed(1)}%` : `${Math.round(100 * p)}%`;
}
