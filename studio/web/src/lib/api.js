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

// newest runs an asynchronous function once at a time; of the calls made meanwhile only the last is made. So a slider
// that is dragged asks as often as the server answers, and ends at what it shows.
export function newest(work) {
  let running = false, waiting = null;
  return async function call(...values) {
    if (running) {
      waiting = values;
      return;
    }
    running = true;
    try {
      await work(...values);
    } finally {
      running = false;
      if (waiting) {
        const next = waiting;
        waiting = null;
        call(...next);
      }
    }
  };
}

// failed tells an error, but for the one of a request that the page itself has ended.
export const failed = (tell) => (error) => {
  if (error.name !== "AbortError") tell(error.message, true);
};
