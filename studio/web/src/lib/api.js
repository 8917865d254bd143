// The server: requests, and errors as sentences.

export class Refused extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(`/api/${path}`, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused("The studio does not answer. Is `dataprism serve` still running?", 0);
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Refused(said.error ?? `The studio answered ${answer.status}.`, answer.status);
}

const json = (body, signal) => ({
  method: "POST", signal, headers: { "content-type": "application/json" }, body: JSON.stringify(body),
});

export const get = async (path, signal) => (await ask(path, { signal })).json();
export const post = async (path, body, signal) => (await ask(path, json(body, signal))).json();
export const postForFile = async (path, body, signal) => (await ask(path, json(body, signal))).blob();
export const upload = async (path, file) =>
  (await ask(path, { method: "POST", headers: { "content-type": file.type || "application/octet-stream" }, body: file })).json();

// query is "?a=1&b=2" of what is not empty.
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value != null && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

// of is the address of a part of a run: of(run, "images").
export const of = (run, part) => `runs/${encodeURIComponent(run.id)}/${part}`;

// imageURL is where the picture of an image of a run is.
export const imageURL = (run, image) => `/api/${of(run, "image")}${query({ image })}`;

// pause waits.
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// patiently asks again as long as the server answers that it is still preparing what is asked for, and tells that.
export async function patiently(work, tell) {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error.status !== 409) throw error;
      tell(error.message);
      await pause(500);
    }
  }
}

// ready waits until the images of a run are read; from then on the run has their counts and labels.
export async function ready(run, signal) {
  while (run.ready === false) {
    await pause(400);
    Object.assign(run, (await get("runs", signal)).runs.find((other) => other.id === run.id));
    if (run.problem) throw new Refused(run.problem, 0);
  }
}

// done asks for something that is made once, until it is there, and tells how far it is.
export async function done(path, signal, tell) {
  for (;;) {
    const answer = await get(path, signal);
    if (!answer.doing) return answer;
    tell(`${answer.doing} …`);
    await pause(500);
  }
}

// newest runs an asynchronous function once at a time; of the calls made meanwhile only the last is made. So a slider
// that is dragged asks as often as the server answers, and ends at what it shows. Meanwhile what is shown in place is busy.
export function newest(place, work) {
  let running = false, again = false;
  return async function call() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    place.setAttribute("aria-busy", "true");
    do {
      again = false;
      await work();
    } while (again);
    running = false;
    place.setAttribute("aria-busy", "false");
  };
}

// failed tells an error, but for the one of a request that the page itself has ended.
export const failed = (tell) => (error) => {
  if (error.name !== "AbortError") tell(error.message, true);
};
