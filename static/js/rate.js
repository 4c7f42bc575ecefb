/* The rating grid by keyboard: one tab stop, arrows to move, keys to rate, each part saved in the background.
   The page is a form without this script; here every row keeps a queue of what is still to be saved. */
(() => {
  "use strict";
  const grid = document.getElementById("grid");
  if (!grid) return;
  const texts = document.getElementById("rate-texts").dataset;
  const why = document.getElementById("rate-why");
  const help = document.getElementById("rate-help");
  const seen = document.getElementById("rate-seen");
  const STRENGTHS = { 1: "none", 2: "weak", 3: "okay", 4: "very_good" };
  const SENTIMENTS = { q: "negative", w: "neutral", e: "positive" };
  const FACETS = ["brand", "product", "service"];
  const DRIVER_KEYS = "1234567890abcdfghijklmnop";
  const SIGN_KEYS = "1234567890abcdefghijklmnop";
  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const queues = new Map(); // by person: {jobs, busy, halted}
  const undone = []; // ratings saved on this page, the last one last
  const say = (words) => window.csplatform?.say(words);
  const token = () => grid.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

  /* Cells and focus. */
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
    button.dataset.retry = "";
    button.textContent = texts.retry;
    place.append(button);
  };

  /* Saving: one request of a row at a time, in order; what failed waits for its retry. */
  const queueOf = (person) => {
    if (!queues.has(person)) queues.set(person, { jobs: [], busy: false, halted: false });
    return queues.get(person);
  };
  const save = (row, body, url = row.dataset.url) => {
    const queue = queueOf(row.dataset.person);
    queue.jobs.push({ body, url });
    queue.halted = false;
    pump(row.dataset.person);
  };
  const pump = async (person) => {
    const queue = queueOf(person);
    if (queue.busy || queue.halted || !queue.jobs.length) return;
    queue.busy = true;
    const job = queue.jobs[0];
    status(rowFor(person), texts.saving, "busy");
    const answer = await send(job);
    queue.busy = false;
    if (answer.ok) {
      queue.jobs.shift();
      settle(person, answer, queue.jobs.length === 0);
      pump(person);
      return;
    }
    const row = rowFor(person);
    if (answer.code === "needs_driver") {
      queue.jobs.shift();
      askDriver(row, job.body);
      return;
    }
    queue.halted = true;
    status(row, `${texts.unsaved}: ${answer.words}`, "bad", true);
    say(`${row.dataset.name}: ${texts.unsaved}. ${answer.words}`);
  };
  const send = async ({ body, url }) => {
    const shell = document.getElementById("texts").dataset;
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "HX-Request": "true", "X-CSRFToken": token() },
        body: new URLSearchParams(body),
        signal: AbortSignal.timeout(15000),
      });
      if (answer.redirected) return { ok: false, words: texts.signedOut };
      if (answer.status === 422) {
        const said = await answer.json();
        return { ok: false, code: said.code, words: said.detail };
      }
      if (answer.ok) return { ok: true, html: await answer.text() };
      const words = { 403: shell.denied, 429: shell.busy, 503: shell.busy }[answer.status] || shell.failed;
      return { ok: false, words };
    } catch {
      return { ok: false, words: shell.offline };
    }
  };
  const settle = (person, answer, last) => {
    const page = new DOMParser().parseFromString(answer.html, "text/html");
    const body = page.querySelector("tbody");
    if (!body) return;
    if (body.dataset.rating) undone.push({ person, rating: body.dataset.rating });
    const account = page.querySelector("tr[data-account]");
    bring(grid.querySelector(`tr[data-account="${account.dataset.account}"]`), account);
    const row = rowFor(person);
    if (last) renew(row, page.querySelector("tr[data-person]"));
    const word = body.dataset.rating ? texts.saved : texts.undone;
    const delta = account.querySelector(".rate-score .delta")?.firstChild?.textContent || "";
    const parts = [labelOf(row, "strength"), labelOf(row, "sentiment")].join(", ");
    const score = body.dataset.score ? `, ${texts.score} ${body.dataset.score} ${delta}` : "";
    say(`${row.dataset.name}: ${parts}, ${word}${score}`);
    count();
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
  const count = () => {
    const node = document.getElementById("rate-due");
    if (!node) return;
    node.dataset.first ??= String(Number(node.textContent.replace(/\D/g, "")));
    grid.dataset.first ??= grid.dataset.due;
    const now = grid.querySelectorAll('tr[data-person][data-due="1"]').length;
    node.textContent = String(Math.max(0, Number(node.dataset.first) - Number(grid.dataset.first) + now));
  };

  /* Rating. */
  const editable = (row) => {
    if (row.dataset.url) return true;
    say(texts.readonly);
    return false;
  };
  const withNote = (row, body) => {
    const waiting = row.dataset.waiting;
    delete row.dataset.waiting;
    return waiting ? { ...body, note: waiting } : body;
  };
  const setStrength = (row, value) => {
    if (!editable(row)) return;
    show(row, { strength: value });
    save(row, withNote(row, { strength: value }));
  };
  const setSentiment = (row, facets, value) => {
    if (!editable(row)) return;
    const before = Object.fromEntries(FACETS.map((facet) => [facet, row.dataset[facet]]));
    const changes = facets.some((facet) => row.dataset[facet] && row.dataset[facet] !== value);
    show(row, Object.fromEntries(facets.map((facet) => [facet, value])));
    const body = facets.length === 3 ? { sentiment: value } : { [`sentiment_${facets[0]}`]: value };
    if (value === "negative" || changes) askDriver(row, body, before);
    else save(row, withNote(row, body));
  };
  /* Everything that stands, said again: how a driver or a note is added to it. */
  const standing = (row) => {
    const body = {};
    if (row.dataset.strength) body.strength = row.dataset.strength;
    for (const facet of FACETS) if (row.dataset[facet]) body[`sentiment_${facet}`] = row.dataset[facet];
    return body;
  };
  const takeBack = (row) => {
    let last = undone.pop();
    if (!last && row?.dataset.mine && row.dataset.url) last = { person: row.dataset.person, rating: row.dataset.mine };
    const place = last && rowFor(last.person);
    if (!place) return say(texts.nothing);
    const url = grid.dataset.undo.replace("00000000-0000-0000-0000-000000000000", last.rating);
    land(cellAt(place, stop?.dataset.cell || "strength"));
    return save(place, {}, url);
  };

  /* The driver: asked in a dialog, answered with one key. */
  let asking = null;
  const area = document.getElementById("rate-area");
  const askDriver = (row, body, before) => {
    asking = { person: row.dataset.person, body, before, cell: stop?.dataset.cell || "sentiment" };
    document.getElementById("rate-why-who").textContent = `${row.dataset.name}: ${labelOf(row, "sentiment")}`;
    const buttons = [...why.querySelectorAll(".rate-driver")];
    buttons.forEach((button, at) => (button.querySelector("kbd").textContent = DRIVER_KEYS[at] || ""));
    // A new reason is not about what the last one was about; it stands where what stands is said again.
    if (area) area.value = before ? "" : row.dataset.area || "";
    if (area && area.selectedIndex < 0) area.value = "";
    why.showModal();
    (buttons.find((button) => button.dataset.driver === row.dataset.driver) || buttons[0])?.focus();
  };
  const answer = (driver) => {
    const { person, body, before, cell } = asking;
    asking = null;
    why.close();
    const row = rowFor(person);
    if (driver) save(row, withNote(row, { ...body, driver, ...(area?.value && { area: area.value }) }));
    else if (before) show(row, before);
    land(cellAt(row, cell));
  };
  why.addEventListener("click", (event) => {
    const button = event.target.closest(".rate-driver");
    if (button) answer(button.dataset.driver);
  });
  why.addEventListener("cancel", (event) => {
    event.preventDefault();
    answer(null);
  });
  why.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === area) return;
    const buttons = [...why.querySelectorAll(".rate-driver")];
    const at = buttons.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) buttons[(at + step + buttons.length) % buttons.length].focus();
    else if (DRIVER_KEYS.includes(event.key) && buttons[DRIVER_KEYS.indexOf(event.key)])
      answer(buttons[DRIVER_KEYS.indexOf(event.key)].dataset.driver);
    else return;
    event.preventDefault();
  });
  const openDriver = (row) => {
    if (!editable(row)) return;
    if (FACETS.some((facet) => row.dataset[facet])) askDriver(row, standing(row));
    else status(row, texts.rateFirst, "");
  };

  /* What was seen: ticked in a dialog that the server makes, saved as a rating. */
  const openSeen = async (row) => {
    if (!editable(row)) return;
    const link = row.querySelector("[data-cell=seen] a");
    const cell = stop?.dataset.cell || "seen";
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return status(row, texts.unsaved, "bad");
    document.getElementById("rate-seen-who").textContent = row.dataset.name;
    const place = document.getElementById("rate-seen-form");
    place.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    seen.dataset.person = row.dataset.person;
    seen.dataset.back = cell;
    const ticks = [...place.querySelectorAll("[name=signs]")];
    ticks.forEach((tick, at) => (tick.parentElement.querySelector("kbd").textContent = SIGN_KEYS[at] || ""));
    place.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const pairs = [...new FormData(event.target)].filter(([key]) => key !== "csrfmiddlewaretoken" && key !== "next");
      closeSeen();
      save(rowFor(seen.dataset.person), pairs.filter(([, value]) => value !== ""));
    });
    place.querySelector("[data-cancel]").addEventListener("click", () => closeSeen());
    seen.showModal();
    ticks[0]?.focus();
  };
  const closeSeen = () => {
    seen.close();
    land(cellAt(rowFor(seen.dataset.person), seen.dataset.back));
  };
  seen.addEventListener("cancel", (event) => {
    event.preventDefault();
    closeSeen();
  });
  seen.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("textarea, [type=radio]")) return;
    const ticks = [...seen.querySelectorAll("[name=signs]")];
    const at = ticks.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && at >= 0) ticks[(at + step + ticks.length) % ticks.length].focus();
    else if (SIGN_KEYS.includes(event.key) && ticks[SIGN_KEYS.indexOf(event.key)]) ticks[SIGN_KEYS.indexOf(event.key)].click();
    else if (event.key === "Enter" && event.target.matches("[type=checkbox]")) seen.querySelector("form").requestSubmit();
    else return;
    event.preventDefault();
  });

  /* The note: written in its cell. */
  const edit = (row, text = "") => {
    if (!editable(row)) return;
    const cell = cellAt(row, "note");
    cell.classList.add("editing");
    const input = cell.querySelector("input");
    input.value = text || row.dataset.waiting || row.dataset.note;
    input.focus();
  };
  const leaveNote = (row, keep) => {
    const cell = cellAt(row, "note");
    const text = cell.querySelector("input").value.trim();
    cell.classList.remove("editing");
    land(cell);
    if (!keep || !text || text === row.dataset.note) return;
    cell.querySelector(".rate-text").textContent = text;
    row.dataset.note = text;
    const body = standing(row);
    if (!Object.keys(body).length) {
      row.dataset.waiting = text;
      status(row, texts.noteWaits, "");
    } else {
      if (row.dataset.driver) body.driver = row.dataset.driver;
      if (row.dataset.area) body.area = row.dataset.area;
      save(row, { ...body, note: text });
    }
  };
  const openParts = (row) => {
    if (!editable(row)) return;
    row.querySelector("details.parts").open = true;
    land(cellAt(row, "sentiment"), false);
    row.querySelector("select[name=sentiment_brand]").focus();
  };
  const closeParts = (row) => {
    row.querySelector("details.parts").open = false;
    land(cellAt(row, "sentiment"));
  };

  /* Keys. */
  const inPart = (event, row) => {
    const select = event.target;
    const at = FACETS.indexOf(select.name.replace("sentiment_", ""));
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    const value = SENTIMENTS[event.key.toLowerCase()];
    const goTo = (next) => row.querySelector(`select[name=sentiment_${FACETS[next]}]`)?.focus();
    if (event.key === "Escape" || event.key === "Enter") closeParts(row);
    else if (step) goTo(at + step);
    else if (value) {
      goTo(at + 1);
      setSentiment(row, [FACETS[at]], value);
    } else return;
    event.preventDefault();
  };
  const enter = (cell, row) => {
    const act = {
      person: () => cell.querySelector("a").click(),
      sentiment: () => openParts(row),
      driver: () => openDriver(row),
      note: () => edit(row),
      seen: () => openSeen(row),
      rated: () => cell.querySelector("[data-retry]")?.click(),
    }[cell.dataset.cell];
    act?.();
  };
  const edges = (event, cell) => {
    const line = event.ctrlKey ? rows() : cells(rowOf(cell));
    const found = event.key === "Home" ? line[0] : line[line.length - 1];
    land(event.ctrlKey ? cellAt(found, cell.dataset.cell) : found);
  };
  let shiftAlone = false;
  grid.addEventListener("keydown", (event) => {
    shiftAlone = event.key === "Shift";
    const row = rowOf(event.target);
    const cell = cellOf(event.target);
    if (!row || !cell) return;
    if (event.target.matches("select")) return inPart(event, row);
    if (event.target.matches("input:not([type=radio])")) {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      leaveNote(row, event.key === "Enter");
      return;
    }
    const key = event.key;
    if ((key === "Home" || key === "End") && !event.altKey && !event.metaKey) edges(event, cell);
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (MOVES[key]) move(cell, ...MOVES[key]);
    else if (key === "PageDown" || key === "PageUp") move(cell, key === "PageDown" ? 10 : -10, 0);
    else if (STRENGTHS[key]) setStrength(row, STRENGTHS[key]);
    else if (event.shiftKey && SENTIMENTS[key.toLowerCase()]) openParts(row);
    else if (SENTIMENTS[key]) setSentiment(row, FACETS, SENTIMENTS[key]);
    else if (key === "n") edit(row);
    else if (key === "d") openDriver(row);
    else if (key === "s") openSeen(row);
    else if (key === "u") takeBack(row);
    else if (key === "?") help.showModal();
    else if (key === "Enter" && !event.target.matches("a, button, summary")) enter(cell, row);
    else return;
    event.preventDefault();
  });
  grid.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !shiftAlone) return;
    shiftAlone = false;
    const row = rowOf(event.target);
    if (row && !event.target.matches("select, input:not([type=radio])")) openParts(row);
  });

  /* The mouse does the same. */
  grid.addEventListener("change", (event) => {
    const row = rowOf(event.target);
    if (!row?.dataset.url) return;
    const { name: field, value } = event.target;
    if (field === "strength") setStrength(row, value);
    else if (field === "sentiment") setSentiment(row, FACETS, value);
    else if (field.startsWith("sentiment_") && value) setSentiment(row, [field.slice(10)], value);
    if (event.target.type === "radio") land(cellOf(event.target));
  });
  grid.addEventListener("click", (event) => {
    const cell = cellOf(event.target);
    const row = rowOf(event.target);
    if (!cell || !row) return;
    if (event.target.closest("[data-retry]")) {
      const queue = queueOf(row.dataset.person);
      queue.halted = false;
      land(cell);
      pump(row.dataset.person);
    } else if (row.dataset.url && cell.dataset.cell === "driver") {
      land(cell, false);
      openDriver(row);
    } else if (row.dataset.url && cell.dataset.cell === "note" && !cell.classList.contains("editing")) {
      land(cell, false);
      edit(row);
    } else if (row.dataset.url && cell.dataset.cell === "seen" && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      land(cell, false);
      openSeen(row);
    } else if (!event.target.closest("a, summary, select, input, label, button")) land(cell);
  });
  grid.addEventListener("focusin", (event) => {
    const cell = cellOf(event.target);
    if (cell && rowOf(cell)) land(cell, false);
  });
  grid.addEventListener("focusout", (event) => {
    const row = rowOf(event.target);
    if (event.target.matches("[data-cell=note] input") && row?.isConnected && row.querySelector(".editing"))
      leaveNoteLater(row);
  });
  /* Leaving the note by mouse or Tab keeps what was written. */
  const leaveNoteLater = (row) =>
    setTimeout(() => {
      const cell = row.isConnected && cellAt(row, "note");
      if (!cell || !cell.classList.contains("editing") || cell.contains(document.activeElement)) return;
      const place = document.activeElement;
      leaveNote(row, true);
      place?.focus?.();
    });
  for (const dialog of [why, help]) {
    dialog.querySelector("[data-cancel]").addEventListener("click", () => (dialog === why ? answer(null) : dialog.close()));
  }
  help.addEventListener("close", () => stop?.focus());
  for (const button of document.querySelectorAll("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
  addEventListener("beforeunload", (event) => {
    if ([...queues.values()].some((queue) => queue.jobs.length)) event.preventDefault();
  });

  /* Begin. */
  grid.dataset.ready = "";
  for (const link of grid.querySelectorAll("tr[data-account] a")) link.tabIndex = -1;
  rows().forEach(prepare);
  grid.dataset.due = String(grid.querySelectorAll('tr[data-person][data-due="1"]').length);
  const asked = location.hash.startsWith("#p-") && document.getElementById(location.hash.slice(1));
  const first = (asked && rowOf(asked)) || rows()[0];
  if (first) land(cellAt(first, "strength"), Boolean(asked));
})();
