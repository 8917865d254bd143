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
const state = { runs: [], features: {}, leave: null, shown: "" };

// open shows what the address says; of an address that is incomplete, the nearest page that can be shown.
async function open() {
  const at = read();
  const trained = state.runs.filter((run) => run.state === "trained");
  const run = state.runs.find((run) => run.id === at.run) ?? trained[0] ?? state.runs[0] ?? null;
  let name = at.page in pages ? at.page : run?.state === "trained" ? "project" : "train";
  if (!run) name = "train";
  if (run && (at.run !== run.id || at.page !== name)) keep(run.id, name, at.run === run.id ? at.values : {});
  frame(run, name);
  state.leave?.abort();
  const leave = (state.leave = new AbortController());
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

// reload reads the runs again, as after a training has ended, and shows the page again where that is asked for.
async function reload(andOpen = true) {
  state.runs = (await get("runs")).runs;
  if (andOpen) await open();
}

async function start() {
  try {
    [, state.features] = await Promise.all([reload(false), get("features")]);
  } catch (error) {
    replace(main, empty(error.message, button("Try again", () => location.reload())));
    return;
  }
  addEventListener("hashchange", async () => {
    await open();
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  });
  await open();
}

start();
