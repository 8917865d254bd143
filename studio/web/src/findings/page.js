// Findings: the audit's sentences, each with the images and numbers behind it; what is typical; copies.
import { done, failed, get, of, post, ready } from "../lib/api.js";
import { button, empty, h, replace, say } from "../lib/dom.js";
import { listen } from "../lib/events.js";
import { duplicates } from "./duplicates.js";
import { strip, typical } from "./typical.js";

export default { title: "Findings", needsModel: true, show };

// kinds are the headings of findings, in their order.
const kinds = {
  leakage: "What the code still tells", prevalence: "Who is shown", amplification: "What samples make more of", projection: "What projection changes",
  difference: "Whether the collections differ", generation: "How well images are made", quality: "Which is made worse", content: "What projection keeps", typicality: "What is typical",
};

const mostTold = 4, mostShown = 8; // findings of a kind that are told at once, and images of one

async function show(root, view) {
  const { run, signal } = view;
  const place = h("div", {});
  const progress = h("p", { class: "note", role: "status" });
  const again = button("Audit again", audit), first = button("Audit it now", audit, { class: "main" });
  const report = h("a", { class: "button", href: `/api/${of(run, "report")}`, target: "_blank", rel: "noopener" }, "The whole report");
  root.append(h("div", { class: "head" }, h("h1", { class: "grow" }, "Findings"), report, view.features.audit && again), progress, place);

  let auditing = false;
  listen(run, {
    state({ doing }) {
      auditing = doing === "auditing";
      again.disabled = first.disabled = auditing;
      progress.textContent = auditing ? "Auditing: it begins …" : "";
    },
    phase: ({ text }) => auditing && (progress.textContent = `Auditing: ${text}`),
    done: ({ doing }) => doing === "auditing" && load(),
    error: ({ error }) => say(error, true),
  }, signal);

  async function audit() {
    again.disabled = first.disabled = true;
    try {
      await post(of(run, "audit"), {}, signal);
      progress.textContent = "Auditing: it begins …";
    } catch (error) {
      again.disabled = first.disabled = false;
      failed(say)(error);
    }
  }

  async function load() {
    const said = h("p", { class: "note", role: "status" });
    if (!place.hasChildNodes()) replace(place, said);
    try {
      await done(`${of(run, "map")}?beyond=${2 ** 31 - 1}`, signal, (sentence) => (said.textContent = `This is done once: ${sentence}`));
      const { audited } = (await get("runs", signal)).runs.find((r) => r.id === run.id);
      report.hidden = again.hidden = !audited;
      if (!audited) return replace(place, notAudited(), await typical(view));
      const found = await get(of(run, "findings"), signal);
      replace(place,
        found.stale && h("p", {}, "The model has been trained on since this audit: audit it again."),
        statements(run, found.findings), await typical(view), limits(found.limits ?? []));
    } catch (error) {
      failed(say)(error);
    }
  }

  const notAudited = () => empty("This run has not been audited yet.",
    h("p", {}, "An audit says in sentences what the collections do to what is made of them. ",
      view.features.audit ? "It takes some minutes, and you can go on working here." : ["Begin it with ", h("code", {}, `dataprism audit ${run.id}`), "."]),
    view.features.audit && first);

  await ready(run, signal);
  await load();
  await duplicates(root, view);
}

function statements(run, findings) {
  if (findings.length === 0) return empty("The audit found nothing that its intervals bear out.", h("p", {}, "The report has every number that was measured."));
  const known = Object.keys(kinds);
  const groups = Map.groupBy([...findings].sort((a, b) => known.indexOf(a.kind) - known.indexOf(b.kind)), (f) => f.kind);
  return [...groups].map(([kind, list]) => h("section", {}, h("h2", {}, kinds[kind] ?? kind),
    h("ul", { class: "statements" }, list.slice(0, mostTold).map((f) => statement(run, f))),
    list.length > mostTold && h("details", {}, h("summary", {}, `${list.length - mostTold} more of this kind`),
      h("ul", { class: "statements" }, list.slice(mostTold).map((f) => statement(run, f))))));
}

const statement = (run, f) => h("li", {},
  h("div", {}, h("p", {}, f.sentence), h("details", {}, h("summary", {}, "The number behind it"), numbers(f))),
  f.images.length > 0 && strip(run, f.images.slice(0, mostShown)));

const numbers = (f) => h("dl", { class: "numbers" },
  [["measured", f.value], ["95% interval", `${short(f.low)} to ${short(f.high)}`], ["from", `${f.n} images`], ["collections", (f.collections ?? []).join(", ")], ["attribute", f.attribute]]
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, typeof value === "number" ? short(value) : value))));
const short = (x) => (x == null ? "–" : Math.abs(x) >= 100 ? x.toFixed(0) : Number(x.toPrecision(3)).toString());

const limits = (sentences) => sentences.length > 0 && h("section", {}, h("h2", {}, "What these numbers cannot say"), h("ul", { class: "limits" }, sentences.map((l) => h("li", {}, l))));
