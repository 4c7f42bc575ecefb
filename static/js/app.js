/* What every page needs: requests that fail say so and can be tried again, focus stays where it was,
   times are in the reader's zone, menus close. No page depends on it to be read. */
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const text = (key) => byId("texts")?.dataset[key] || "";

  /* Say something to a screen reader without moving anything. Pages may call it. */
  const say = (words) => {
    const live = byId("live");
    if (live) live.textContent = words;
  };

  const toast = (words, retry) => {
    const box = byId("toasts");
    if (!box) return;
    const note = document.createElement("div");
    note.className = "toast-note bad";
    const label = document.createElement("span");
    label.className = "grow";
    label.textContent = words;
    note.append(label);
    const button = (name, action) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "btn btn-sm";
      made.textContent = name;
      made.addEventListener("click", () => {
        note.remove();
        action?.();
      });
      note.append(made);
    };
    if (retry) button(text("retry"), retry);
    button(text("close"));
    box.replaceChildren(...[...box.children].slice(-2), note);
  };

  /* Failed requests. */
  const again = (detail) => {
    const config = detail.requestConfig;
    if (!config || !window.htmx) return null;
    return () =>
      window.htmx.ajax(config.verb, config.path, {
        source: config.elt,
        target: config.target,
        values: config.formData ? Object.fromEntries(config.formData) : config.parameters,
        headers: { "Idempotency-Key": config.headers["Idempotency-Key"] || "" },
      });
  };
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const words = status === 403 ? text("denied") : status === 503 || status === 429 ? text("busy") : text("failed");
    toast(words, status === 403 || status === 404 ? null : again(event.detail));
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => toast(text("offline"), again(event.detail)));
  }

  /* A thin line at the top while something is under way for longer than a moment. */
  let pending = 0;
  let timer = 0;
  document.addEventListener("htmx:beforeRequest", () => {
    pending += 1;
    clearTimeout(timer);
    timer = setTimeout(() => pending && byId("saving")?.classList.add("on"), 250);
  });
  document.addEventListener("htmx:afterRequest", () => {
    pending = Math.max(0, pending - 1);
    if (!pending) byId("saving")?.classList.remove("on");
  });

  /* Focus survives a swap: htmx keeps it for elements with an id, data-focus keeps it for the rest. */
  let focused = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const active = document.activeElement;
    const inside = active && event.detail.target?.contains(active);
    focused = inside && !active.id ? active.dataset.focus || null : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!focused) return;
    document.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    focused = null;
  });

  /* Times in the reader's zone and language. */
  const language = document.documentElement.lang || "en";
  const locale = navigator.languages?.find((one) => one.split("-")[0] === language.split("-")[0]) || language;
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "long" });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const plain = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const units = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
  const since = (date) => {
    const seconds = (date - Date.now()) / 1000;
    for (const [unit, size] of units) {
      if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
    }
    return relative.format(0, "minute");
  };
  const tell = (root) => {
    for (const node of root.querySelectorAll?.("time[data-when]") || []) {
      const date = new Date(node.dateTime);
      if (Number.isNaN(date.getTime())) continue;
      const style = node.dataset.when;
      if (style === "day") {
        node.textContent = plain.format(date);
        continue;
      }
      node.textContent = style === "datetime" ? full.format(date) : style === "date" ? day.format(date) : since(date);
      node.title = full.format(date);
    }
  };

  /* Menus close on Escape, on a click elsewhere and when another opens. */
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary")?.focus();
  });

  /* One key leads to a page from anywhere but a field: the page's own link for it, else the one beside it. Who switched
     such keys off has no link with one. */
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    if (event.target.closest("input, select, textarea, [contenteditable], dialog[open]")) return;
    const wanted = `[data-key="${CSS.escape(event.key.toLowerCase())}"]`;
    const link = document.querySelector(`main ${wanted}`) || document.querySelector(wanted);
    if (!link) return;
    event.preventDefault();
    link.click();
  });

  /* Filters apply as they are chosen; secrets copy. */
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form?.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(byId(button.dataset.copy)?.textContent.trim() || "");
    say(text("copied"));
  });

  /* What is cut tells the rest where the pointer rests; a click opens it, unless it leads or does something. */
  const CUT = ".clip, .sum2, .cause, h1";
  const isCut = (node) => node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 3;
  document.addEventListener("pointerover", (event) => {
    const node = event.target.closest?.(CUT);
    if (node && !node.title && !node.closest("[title]") && isCut(node)) node.title = node.textContent.trim().replace(/\s+/g, " ");
  });
  document.addEventListener("click", (event) => {
    const node = event.target.closest(CUT);
    if (node && !event.target.closest("a, button, label, summary, input, [role=gridcell]") && isCut(node)) node.classList.add("whole");
  });

  /* By keyboard, what is cut in a row opens while the row has the focus; what is cut where nothing else takes the focus takes
     it itself. The grid of ratings has keys of its own. */
  const FOCUS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const rowOf = (node) => node.closest("tr, li") || node;
  const reached = new Set();
  let opened = [];
  document.addEventListener("focusin", ({ target }) => {
    if (!target.matches(":focus-visible")) return;
    opened.forEach((node) => node.classList.remove("whole"));
    const row = target.closest("[role=grid]") || !target.matches(FOCUS) ? null : rowOf(target);
    opened = row ? [row, ...row.querySelectorAll(CUT)].filter((node) => node.matches(CUT) && isCut(node)) : [];
    opened.forEach((node) => node.classList.add("whole"));
  });
  const reach = () => {
    reached.forEach((node) => node.removeAttribute("tabindex"));
    reached.clear();
    for (const node of document.querySelectorAll(`main :is(${CUT})`)) {
      if (node.closest(`[role=grid], label, ${FOCUS}`) || rowOf(node).querySelector(FOCUS)) continue;
      if (isCut(node)) reached.add(node);
    }
    reached.forEach((node) => { node.tabIndex = 0; });
  };

  /* A row of tabs wider than the screen shows the one we are on. */
  const showTab = () => {
    const tab = document.querySelector(".tabs [aria-current]");
    const row = tab?.closest(".tabs");
    if (row && tab.offsetLeft + tab.offsetWidth > row.clientWidth - 28) row.scrollLeft = tab.offsetLeft - row.clientWidth / 3;
  };

  /* A form that was refused begins where it is to be mended. */
  const showWrong = () => {
    if (document.activeElement !== document.body) return;
    const field = document.querySelector("main .field.wrong :is(input:not([type=hidden]), select, textarea)");
    field?.focus({ preventScroll: true });
    field?.scrollIntoView({ block: "center" });
  };

  const ready = () => {
    tell(document);
    showTab();
    showWrong();
    reach();
    addEventListener("resize", reach);
    setInterval(() => document.visibilityState === "visible" && tell(document), 60000);
  };
  document.addEventListener("htmx:load", (event) => {
    tell(event.detail.elt);
    reach();
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
  window.csplatform = { say, toast };
})();
