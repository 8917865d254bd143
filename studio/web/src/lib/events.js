// What the server tells of a run as it happens: heard maps names of events to functions of their data.
export function listen(run, heard, signal) {
  const source = new EventSource(`/api/runs/${encodeURIComponent(run.id)}/events`);
  for (const [name, hear] of Object.entries(heard)) {
    source.addEventListener(name, (event) => event.data && hear(JSON.parse(event.data))); // an "error" without data is a lost connection
  }
  signal.addEventListener("abort", () => source.close());
}
