// The address of a view: #/RUN/PAGE?key=value. A link to it shows the same again.

export function read(hash = location.hash) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?");
  const [run = "", page = ""] = path.split("/").map(decodeURIComponent);
  return { run, page, values: Object.fromEntries(new URLSearchParams(search)) };
}

export function address(run, page, values = {}) {
  const given = Object.entries(values).filter(([, value]) => value != null && value !== "");
  const search = given.length ? `?${new URLSearchParams(given)}` : "";
  return `#/${encodeURIComponent(run)}/${page}${search}`;
}

// keep writes the address of what is shown now; it opens nothing.
export const keep = (run, page, values) => history.replaceState(null, "", address(run, page, values));
