/* After a call, by keyboard: up and down go from person to person, in the same column, and from the last one down to
   what was agreed. Works as a plain form without. */
(() => {
  "use strict";
  const form = document.querySelector("[data-call]");
  if (!form) return;
  const rows = () => [...form.querySelectorAll(".present-row")].filter((row) => row.offsetParent);
  const fields = (row) => [...row.querySelectorAll("input, select")];
  const summary = form.querySelector("#id_summary");
  form.addEventListener("keydown", (event) => {
    const row = event.target.closest(".present-row");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!row || !step || event.target.tagName === "SELECT" || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = rows();
    const next = all[all.indexOf(row) + step];
    const there = next ? fields(next)[fields(row).indexOf(event.target)] : step > 0 && summary;
    if (!there) return;
    event.preventDefault();
    there.focus();
  });
  /* Whoever said something was there. */
  form.addEventListener("input", (event) => {
    const row = event.target.closest(".present-row");
    const box = row?.querySelector('[type="checkbox"]');
    if (box && event.target !== box && event.target.value) box.checked = true;
  });
  const wrong = form.querySelector(".present-row.wrong input, .present-row.wrong select, .field.wrong input, .field.wrong select, .field.wrong textarea");
  (wrong || form.querySelector('.present-row [type="checkbox"]') || summary)?.focus();
})();
