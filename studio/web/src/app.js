// The studio: the runs, the pages, and which of them is shown.
import { get, failed } from "./lib/api.js";
import { button, choice, empty, h, replace, say } from "./lib/dom.js";
import { address, keep, read } from "./lib/route.js";
import findings from "./findings/page.js";
import map from "./map/page.js";
import project from "./project/page.js";
import sample from "./sample/page.js";
import train from "./train/page.js";
import trials from "./trials/page.js";

// pages by their name in the address. Those of a model need a run that is trained.
const pages = { project, sample, map, findings, trials, train };

const main = document.getElementById("main");
const state = { runs: [], features: {}, leave: null };

// open shows what the address says; of an address that is incomplete, the nearest page that can be shown.
async function open() {
  state.leave?.abort();
  const leave = (state.leave = new AbortController());
  if (state.runs.find((r) => r.id === read().run)?.state !== "trained") await reload(); // it may have been trained meanwhile
  if (leave.signal.aborted) return; // another page was asked for
  const at = read();
  const trained = state.runs.filter((run) => run.state === "trained");
  const run = state.runs.find((r) => r.id === at.run) ?? trained[0] ?? state.runs[0] ?? null;
  let name = at.page in pages ? at.page : run?.state === "trained" ? "project" : "train";
  if (!run) name = "train";
  if (run && (at.run !== run.id || at.page !== name)) keep(run.id, name, at.run === run.id ? at.values : {});
  frame(run, name);
  const page = pages[name];
  document.title = run ? `${page.title} · ${run.id} · dataprism` : "dataprism";
  const values = at.run === run?.id ? at.values : {};
  const view = {
    run, runs: state.runs, features: state.features, values, signal: leave.signal, reload,
    keep(more) {
      if (leave.signal.aborted) return;
      Object.assign(values, more);
      keep(run?.id ?? "", name, values);
    },
  };
  const root = h("div", { class: `page ${name}` });
  replace(main, root);
  if (page.needsModel && run.state !== "trained") return notTrained(root, page, run);
  try {
    await page.show(root, view);
  } catch (error) {
    failed(say)(error);
  }
}

function notTrained(root, page, run) {
  root.append(h("h1", {}, page.title), empty(
    run.state === "training" ? `${run.id} is still being trained.` : `${run.id} has not been trained to its end.`,
    h("p", {}, h("a", { href: address(run.id, "train") }, run.state === "training" ? "Watch it" : "Continue it"),
      " on the page Train; this page opens when it is done."),
  ));
}

// frame draws the list of runs and the links to the pages.
function frame(run, current) {
  const options = state.runs.map((r) => [r.id, r.state === "trained" ? r.id : `${r.id} (${r.state})`]);
  replace(document.getElementById("runs"), run && h("label", { class: "field" }, h("span", {}, "Run"),
    choice(options, run.id, (id) => (location.hash = address(id, current)))));
  replace(document.getElementById("tabs"), Object.entries(pages).map(([name, page]) =>
    h("a", { href: address(run?.id ?? "", name), "aria-current": name === current ? "page" : null }, page.title)));
  document.querySelector("#tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// reload reads the runs again, as after a training has begun or ended.
async function reload() {
  state.runs = (await get("runs")).runs;
  const { run, page } = read();
  frame(state.runs.find((r) => r.id === run), page);
}

// opening shows what the address says, or why it cannot be shown.
async function opening() {
  try {
    await open();
  } catch (error) {
    replace(main, empty(error.message, button("Try again", () => location.reload())));
  }
}

async function start() {
  try {
    state.features = await get("features");
  } catch (error) {
    return replace(main, empty(error.message, button("Try again", () => location.reload())));
  }
  addEventListener("hashchange", async () => {
    await opening();
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  });
  await opening();
}

start();
