// roving makes the buttons of a list one stop of the Tab key; arrows, Home and End move among them.
export function roving(list) {
  const items = () => [...list.querySelectorAll("button, a")];
  const settle = () => {
    const all = items();
    if (!all.some((item) => item.tabIndex === 0 && item.dataset.stop)) all[0] && (all[0].dataset.stop = "1");
    for (const item of all) item.tabIndex = item.dataset.stop ? 0 : -1;
  };
  const to = (item) => {
    for (const other of items()) delete other.dataset.stop;
    item.dataset.stop = "1";
    settle();
  };
  list.addEventListener("focusin", (event) => {
    const item = event.target.closest("button, a");
    if (item) to(item);
  });
  list.addEventListener("keydown", (event) => {
    const all = items(), at = all.indexOf(document.activeElement);
    if (at < 0) return;
    const columns = getComputedStyle(list).gridTemplateColumns.split(" ").length;
    const next = {
      ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, Home: 0, End: all.length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, next))].focus();
  });
  return settle;
}
