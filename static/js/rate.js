/* The rating grid by keyboard: one tab stop, arrows to move, keys to rate, a dialog for the driver and one for what is seen.
   The page is a form without this script; rate-rows.js holds the rows, rate-save.js saves them. */
(() => {
  "use strict";
  const shared = window.csplatform.grid;
  if (!shared) return;
  const { grid, texts, FACETS, say, rows, cells, cellOf, rowOf, rowFor, cellAt, labelOf, prepare, land, move, show, status } = shared;
  const { focused, save, retry, complete, unsaved, waits, refusedForm, undone } = shared;
  const why = document.getElementById("rate-why");
  const help = document.getElementById("rate-help");
  const seen = document.getElementById("rate-seen");
  const STRENGTHS = { 1: "none", 2: "weak", 3: "okay", 4: "very_good" };
  const SENTIMENTS = { q: "negative", w: "neutral", e: "positive" };
  const DRIVER_KEYS = "1234567890abcdfghijklmnop";
  const SIGN_KEYS = "1234567890abcdefghijklmnop";
  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

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
    // What the row names was said within the hour before the page was made; once that is an hour ago, it is too old.
    const young = Date.now() - performance.timeOrigin < 3600000;
    if (!last && young && row?.dataset.mine && row.dataset.url) last = { person: row.dataset.person, rating: row.dataset.mine };
    const place = last && rowFor(last.person);
    if (!place) return say(texts.nothing);
    const url = grid.dataset.undo.replace("00000000-0000-0000-0000-000000000000", last.rating);
    land(cellAt(place, focused()?.dataset.cell || "strength"));
    return save(place, {}, url);
  };

  /* The driver: asked in a dialog, answered with one key. */
  let asking = null;
  const area = document.getElementById("rate-area");
  const askDriver = (row, body, before, job) => {
    asking = { person: row.dataset.person, body, before, job, cell: focused()?.dataset.cell || "sentiment" };
    document.getElementById("rate-why-who").textContent = `${row.dataset.name}: ${labelOf(row, "sentiment")}`;
    const buttons = [...why.querySelectorAll(".rate-driver")];
    buttons.forEach((button, at) => (button.querySelector("kbd").textContent = DRIVER_KEYS[at] || ""));
    // A new reason is not about what the last one was about; it stands where what stands is said again.
    if (area) area.value = before ? "" : row.dataset.area || "";
    if (area && area.selectedIndex < 0) area.value = "";
    why.showModal();
    (buttons.find((button) => button.dataset.driver === row.dataset.driver) || buttons[0])?.focus();
  };
  /* While another answer is being given, the row waits with its retry. */
  grid.addEventListener("rate:driver", (event) => {
    if (!asking) askDriver(rowOf(event.target), null, null, event.detail);
  });
  const answer = (driver) => {
    const { person, body, before, job, cell } = asking;
    asking = null;
    why.close();
    const row = rowFor(person);
    const parts = { driver, ...(area?.value && { area: area.value }) };
    if (driver && job) complete(person, job, parts);
    else if (driver) save(row, withNote(row, { ...body, ...parts }));
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
  const refill = (form, { body, refused }) => {
    const why = document.createElement("p");
    why.className = "field-error";
    why.role = "alert";
    why.textContent = refused.words;
    form.prepend(why);
    for (const field of form.elements) {
      const entered = body.filter(([name]) => name === field.name).map(([, value]) => value);
      // What stands may have changed since: the box says it again as it is now.
      if (field.matches("[type=checkbox], [type=radio]"))
        field.checked = field.name === "again" ? entered.length > 0 : entered.includes(field.value);
      else if (field.matches("textarea")) field.value = entered[0] || "";
    }
  };
  const openSeen = async (row) => {
    if (!editable(row)) return;
    const link = row.querySelector("[data-cell=seen] a");
    const cell = focused()?.dataset.cell || "seen";
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return status(row, texts.unsaved, "bad", waits(row.dataset.person) && "again");
    document.getElementById("rate-seen-who").textContent = row.dataset.name;
    const place = document.getElementById("rate-seen-form");
    place.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    seen.dataset.person = row.dataset.person;
    seen.dataset.back = cell;
    const refused = refusedForm(row.dataset.person);
    if (refused) refill(place.querySelector("form"), refused);
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
    if (event.target.matches("input:not([type=radio], [type=checkbox])")) {
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
    if (row && !event.target.matches("select, input:not([type=radio], [type=checkbox])")) openParts(row);
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
      land(cell);
      if (event.target.dataset.retry === "form") openSeen(row);
      else retry(row.dataset.person);
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
  help.addEventListener("close", () => focused()?.focus());
  for (const button of document.querySelectorAll("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
  addEventListener("beforeunload", (event) => {
    if (unsaved()) event.preventDefault();
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
