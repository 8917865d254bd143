// Train: start a run, watch it, stop and continue it, and compare runs.
import { failed, get, of, post } from "../lib/api.js";
import { button, empty, h, replace, say } from "../lib/dom.js";
import { address } from "../lib/route.js";
import { listen } from "../lib/events.js";
import { comparison } from "./comparison.js";
import { form } from "./form.js";
import { losses } from "./losses.js";

export default { title: "Train", needsModel: false, show };

async function show(root, view) {
  const { run, runs } = view;
  root.append(h("div", { class: "head" }, h("h1", {}, "Train")), starting(view));
  if (!run) return root.append(empty("There is no run here yet.",
    h("p", {}, "Choose two folders of images above. While the run is trained, its losses and pictures appear here.")));
  const curves = losses(view.signal);
  await watch(root, view, curves);
  if (runs.length > 1) root.append(comparison(view, curves));
}

// starting is the part for a new run, or how to get one where this studio may start none.
function starting({ run, features, reload }) {
  if (!features.train) {
    return h("p", { class: "note wide" }, "To train runs from here, start the studio with the folders that hold your images: ", h("code", {}, "dataprism serve --root FOLDER RUN"), ".");
  }
  return h("details", { class: "start", open: !run }, h("summary", {}, "Train a new run"), form(async (id) => {
    await reload();
    location.hash = address(id, "train");
  }));
}

// watch shows a run as it is trained.
async function watch(root, view, curves) {
  const { run, signal } = view;
  const state = h("p", { class: "now", role: "status" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress of the phase", hidden: true });
  const stop = button("Stop", () => order("stop"), { hidden: true });
  const resume = button("Continue", () => order("resume"), { class: "main", hidden: true });
  const film = h("div", { class: "grids" });
  root.append(h("section", { "aria-label": run.id }, h("div", { class: "row" }, h("h2", { class: "grow" }, run.id), stop, resume), state, bar, curves.root, film));

  async function order(what) {
    try {
      await post(of(run, what), {}, signal);
    } catch (error) {
      failed(say)(error);
    }
  }
  function is(now) {
    stop.hidden = now !== "training";
    resume.hidden = now !== "unfinished" || !view.features.audit;
    bar.hidden = now !== "training";
    state.textContent = { trained: "It is trained.", unfinished: "It was stopped before its end.", training: "It begins …" }[now];
    if (now === "trained") state.append(" ", h("a", { href: address(run.id, "project") }, "Project an image"), ", or ", h("a", { href: address(run.id, "findings") }, "see what was found"), ".");
  }
  is(run.state);
  let began = false, stepping = false;

  listen(run, {
    state({ state: now }) {
      const changed = now !== run.state;
      run.state = now;
      is(now);
      if (changed) view.reload().catch(failed(say));
    },
    phase({ text }) {
      if (run.state === "training" && !stepping) state.textContent = began ? text : `It begins: ${text}`;
    },
    step(line) {
      curves.step(run, line);
      if (run.state !== "training") return;
      began = true;
      stepping = line.progress < 1; // after the last step of a phase comes what is said of the next, or of measuring
      bar.value = line.progress;
      const rate = line.images_per_second ? `, ${Math.round(line.images_per_second)} images/s` : "";
      state.textContent = `${line.phase}: ${Math.round(100 * line.progress)}%, step ${line.step}, loss ${line.loss.toFixed(3)}${rate}${line.left ? `, ${span(line.left)} left of this phase` : ""}`;
    },
    grid: () => grids().catch(failed(say)),
    error: ({ error }) => say(error, true),
  }, signal);

  async function grids() {
    const { grids: list } = await get(of(run, "grids"), signal);
    replace(film, list.length > 0 && h("h3", {}, "Drawn on the way"), h("ol", { class: "film-strip", tabindex: list.length > 0 ? 0 : null, "aria-label": "Pictures drawn while it was trained, the newest first" },
      list.toReversed().map(({ url, phase, step, kind }) => h("li", {}, h("a", { href: url, target: "_blank", rel: "noopener" },
        h("img", { src: url, alt: `${kind} of the ${phase} at step ${step}`, loading: "lazy" })), h("small", { class: "note" }, `${kind}, ${phase} step ${step}`)))));
  }
  await Promise.all([curves.add(run), grids()].map((work) => work.catch(failed(say))));
}

// span is a time in seconds as people say it.
const span = (seconds) => (seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`);
