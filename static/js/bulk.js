/* Choosing rows: all of the page, a range with Shift, and how many; and ticking a field as soon as it is filled in. */
(() => {
  "use strict";
  const boxes = [...document.querySelectorAll('input[name="account"][form="bulk"]')];
  const every = document.querySelector("[data-pick-all]");
  const button = document.querySelector("[data-bulk]");
  let last = null;
  const count = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (every) {
      every.checked = chosen > 0 && chosen === boxes.length;
      every.indeterminate = chosen > 0 && chosen < boxes.length;
    }
    if (!button) return;
    button.disabled = !chosen;
    if (chosen) button.querySelector("span").textContent = button.dataset.bulk.replace("%n", chosen);
  };
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      const from = boxes.indexOf(last);
      if (event.shiftKey && from >= 0) {
        const [low, high] = [from, boxes.indexOf(box)].sort((a, b) => a - b);
        for (const one of boxes.slice(low, high + 1)) one.checked = box.checked;
      }
      last = box;
      count();
    });
  }
  every?.addEventListener("change", () => {
    for (const box of boxes) box.checked = every.checked;
    count();
  });
  count();
  document.addEventListener("input", (event) => {
    const tick = event.target.closest(".bulk-field")?.querySelector("[data-change]");
    if (tick && tick !== event.target) tick.checked = true;
  });
})();
