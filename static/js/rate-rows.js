/* The rows of the rating grid: its cells and the one tab stop among them, what a row shows, and how it becomes what the
   server sent. rate-save.js and rate.js use them as window.csplatform.grid. */
(() => {
  "use strict";
  const grid = document.getElementById("grid");
  if (!grid) return;
  const texts = document.getElementById("rate-texts").dataset;
  const FACETS = ["brand", "product", "service"];
  const say = (words) => window.csplatform.say(words);

  const rows = () => [...grid.querySelectorAll("tr[data-person]")];
  const cells = (row) => [...row.querySelectorAll(":scope > [data-cell]")];
  const cellOf = (node) => node.closest?.("[data-cell]");
  const rowOf = (node) => node.closest?.("tr[data-person]");
  const rowFor = (person) => grid.querySelector(`tr[data-person="${person}"]`);
  const labelOf = (row, name) => {
    const chosen = row.querySelector(`input[name=${name}]:checked`)?.closest("label")?.textContent.trim();
    if (name === "strength") return chosen || texts.notRated;
    const words = new Set(FACETS.map((facet) => row.dataset[facet]));
    return chosen || (words.size > 1 ? texts.mixed : texts.notRated);
  };
  const name = (row) => {
    for (const [key, label] of [["strength", texts.strength], ["sentiment", texts.sentiment]]) {
      const cell = row.querySelector(`[data-cell=${key}]`);
      if (row.dataset.url && cell) cell.setAttribute("aria-label", `${row.dataset.name}, ${label}: ${labelOf(row, key)}`);
    }
  };
  let stop = null;
  /* Only what is new has its tab stop taken: every attribute that is written has the browser style the row again. */
  const prepare = (row) => {
    const open = "a:not([tabindex]), button:not([tabindex]), input:not([tabindex]), select:not([tabindex]), summary:not([tabindex])";
    for (const control of row.querySelectorAll(open)) control.tabIndex = -1;
    for (const cell of cells(row)) if (cell !== stop) cell.tabIndex = -1;
    name(row);
  };
  const land = (cell, focus = true) => {
    if (!cell) return;
    if (stop) stop.tabIndex = -1;
    stop = cell;
    cell.tabIndex = 0;
    if (focus) cell.focus();
  };
  const cellAt = (row, key) => row.querySelector(`:scope > [data-cell=${key}]`);
  const move = (cell, down, right) => {
    const row = rowOf(cell);
    const line = cells(row);
    if (right) return land(line[Math.min(Math.max(line.indexOf(cell) + right, 0), line.length - 1)]);
    const all = rows();
    const next = all[Math.min(Math.max(all.indexOf(row) + down, 0), all.length - 1)];
    return land(cellAt(next, cell.dataset.cell));
  };

  /* What is shown before the server has answered. */
  const check = (row, key, value) => {
    for (const radio of row.querySelectorAll(`input[name=${key}]`)) radio.checked = radio.value === value;
  };
  const show = (row, parts) => {
    for (const [key, value] of Object.entries(parts)) row.dataset[key] = value;
    check(row, "strength", row.dataset.strength);
    const words = new Set(FACETS.map((facet) => row.dataset[facet]));
    check(row, "sentiment", words.size === 1 ? row.dataset.brand : "");
    name(row);
  };
  /* ``retry``: "again" offers to send it again, "form" to correct what was entered. */
  const status = (row, words, kind, retry) => {
    row.classList.toggle("failed", kind === "bad");
    row.classList.toggle("pending", kind === "busy");
    const place = row.querySelector("[data-status]");
    const text = document.createElement("span");
    text.className = kind === "bad" ? "field-error" : "muted small";
    text.textContent = words;
    place.replaceChildren(text);
    if (!retry) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm";
    button.dataset.retry = retry;
    button.textContent = retry === "form" ? texts.correct : texts.retry;
    place.append(button);
  };

  /* A row becomes what the server sent by changing only what differs, so focus, tab stops, what is open and what is being
     written stay, and the browser has little to lay out and to paint. */
  const bring = (row, made) =>
    window.Idiomorph.morph(row, made, {
      callbacks: {
        beforeAttributeUpdated: (attribute) => !["tabindex", "open"].includes(attribute),
        beforeNodeMorphed: (node) => !node.matches?.("[data-cell=note].editing"),
      },
    });
  const renew = (row, made) => {
    const touches = row.querySelector("[data-touches]"); // no rating changes it, so it is not sent again
    if (touches) made.querySelector("[data-cell=person] .who-more").after(touches.cloneNode(true));
    bring(row, made);
    prepare(row);
    row.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: row } }));
  };
  /* Wherever the page says how many are due: as many as when it was made, with what changed in its rows since. */
  const count = () => {
    const now = grid.querySelectorAll('tr[data-person][data-due="1"]').length;
    const due = Math.max(0, Number(grid.dataset.allDue) - Number(grid.dataset.due) + now);
    const shown = due.toLocaleString(document.documentElement.lang);
    for (const place of document.querySelectorAll("[data-due-count]")) {
      place.textContent = shown;
      place.hidden = !due && place.id !== "rate-due";
    }
    const title = document.getElementById("rate-title");
    if (title) title.textContent = due > 1 ? texts.dueMany.replace("#", shown) : due ? texts.dueOne : texts.dueNone;
  };

  window.csplatform.grid = {
    grid, texts, FACETS, say, rows, cells, cellOf, rowOf, rowFor, cellAt, labelOf, prepare, land, move, show, status, bring, renew,
    count, focused: () => stop,
  };
})();
