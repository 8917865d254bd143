// Trials: whether what a model makes helps a classifier, as `dataprism trial` has measured it.
import { get, of } from "../lib/api.js";
import { choice, empty, field, h, replace } from "../lib/dom.js";

export default { title: "Trials", needsModel: false, show };

// metrics are those that a table can show, and what they are called.
const metrics = {
  balanced_accuracy: "balanced accuracy", auc: "area under the curve", log_loss: "log loss", calibration: "calibration error", worst_group: "worst group",
  demographic_parity: "demographic parity gap", demographic_parity_ratio: "demographic parity ratio", equal_opportunity: "equal opportunity gap",
  false_positive_gap: "false positive gap", equalised_odds: "equalised odds gap",
};

async function show(root, view) {
  const { run, values, signal } = view;
  root.append(h("div", { class: "head" }, h("h1", {}, "Trials"), h("p", { class: "note" }, "Does what the model makes help a classifier?")));
  const trials = run ? (await get(of(run, "trials"), signal)).trials : [];
  if (trials.length === 0) {
    return root.append(empty("No trial has been made with this run yet.",
      h("p", {}, "A trial fits classifiers to real, projected and drawn images and tests them on every collection. Begin with ", h("code", {}, `dataprism trial ${run?.id ?? "RUN"} --help`), "; its results are shown here.")));
  }
  let metric = values.metric in metrics ? values.metric : "balanced_accuracy";
  const place = h("div", {});
  const draw = () => replace(place, trials.map((t) => section(t, metric)));
  root.append(field("Measure", choice(Object.entries(metrics), metric, (value) => { metric = value; view.keep({ metric }); draw(); })), place);
  draw();
}

function section({ name, trial }, metric) {
  return h("section", {}, h("h2", {}, name),
    trial.label && h("p", { class: "note" }, `Classifiers of ${trial.label}${trial.group ? `, compared between groups of ${trial.group}` : ""}. Differences are against ${trial.control}.`),
    trial.findings?.length > 0 && h("ul", { class: "statements" }, trial.findings.map((f) => h("li", {}, h("p", {}, f.sentence)))),
    table(trial, metric, name),
    [...(trial.notes ?? []), ...(trial.limits ?? [])].length > 0 && h("ul", { class: "limits" }, [...(trial.notes ?? []), ...(trial.limits ?? [])].map((n) => h("li", {}, n))));
}

function table(trial, metric, name) {
  const experts = trial.experts ?? [], tests = trial.tests ?? [];
  return h("div", { class: "scroll cells", tabindex: 0, role: "region", "aria-label": `${metrics[metric]} in ${name}` }, h("table", {},
    h("caption", { class: "note small" }, `${metrics[metric]}, each classifier (row) on each test (column)`),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Trained on"), tests.map((t) => h("th", { scope: "col" }, t.name, h("span", { class: "interval" }, `${t.images} images`))))),
    h("tbody", {}, experts.map((e) => h("tr", {}, h("th", { scope: "row" }, e.name, h("span", { class: "interval" }, `${e.images} images`)),
      tests.map((t) => cell(trial.cells?.[e.name]?.[t.name], metric)))))));
}

function cell(measured, metric) {
  const e = measured?.[metric];
  if (e?.value == null) return h("td", {}, "–");
  const verdict = measured.difference?.verdicts?.[metric];
  return h("td", {}, short(e.value), h("span", { class: "interval" }, `${short(e.low)} to ${short(e.high)}`),
    verdict && h("span", { class: "interval" }, verdict === "cannot tell" ? "cannot tell from control" : verdict === "alike" ? "like the control" : `${verdict} than control`));
}

const short = (v) => (v == null ? "–" : Number(v.toPrecision(3)).toString());
