/* Quick jump: Ctrl+K or Cmd+K anywhere, arrows to choose, Enter to go. The list comes from the server; the input keeps
   the focus and says which option is meant. What was opened last is remembered in this browser, as ids only. */
(() => {
  "use strict";
  const KEPT = 8;
  const dialog = document.getElementById("jump");
  if (!dialog) return;
  const input = document.getElementById("jump-q");
  const recent = document.getElementById("jump-recent");
  const list = document.getElementById("jump-list");
  const store = `jump:${dialog.dataset.slug}:${dialog.dataset.who}`;
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  let eager = false;

  const remembered = () => {
    try {
      return JSON.parse(localStorage.getItem(store)) || [];
    } catch {
      return [];
    }
  };
  const remember = () => {
    const here = location.pathname.match(/^\/t\/[^/]+\/(?:accounts|personas)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/);
    if (!here) return;
    const ids = [here[1], ...remembered().filter((id) => id !== here[1])].slice(0, KEPT);
    try {
      localStorage.setItem(store, JSON.stringify(ids));
    } catch {
      /* A browser that keeps nothing still searches. */
    }
  };

  const options = () => [...list.querySelectorAll('[role="option"]')];
  const chosen = () => list.querySelector('[role="option"][aria-selected="true"]');
  const choose = (option) => {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const move = (by) => {
    const all = options();
    if (!all.length) return;
    const at = all.indexOf(chosen());
    choose(all[(at + by + all.length) % all.length]);
  };
  const upToDate = () => list.querySelector(".jump-found")?.dataset.q === input.value.trim();
  const go = (aside) => {
    const option = chosen();
    if (!option) return;
    if (aside) window.open(option.href, "_blank", "noopener");
    else location.assign(option.href);
  };

  const open = () => {
    if (dialog.open) return;
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    const here = location.pathname;
    recent.value = remembered().filter((id) => !here.includes(id)).join(",");
    input.value = "";
    dialog.showModal();
    input.focus();
    input.dispatchEvent(new Event("jump"));
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      event.stopPropagation();
      if (dialog.open) dialog.close();
      else open();
    }
  }, true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-jump]");
    if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });

  /* Keys pressed in the dialog are its own: no page below hears them. */
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.target !== input || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (upToDate()) go(event.ctrlKey || event.metaKey);
      else eager = true;
    }
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-jump-close]")) dialog.close();
  });
  list.addEventListener("mousemove", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && option !== chosen()) choose(option);
  });
  dialog.addEventListener("close", () => {
    eager = false;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    choose(null);
  });
  list.addEventListener("htmx:afterSwap", () => {
    const all = options();
    input.setAttribute("aria-expanded", String(all.length > 0));
    choose(all[0] || null);
    if (!upToDate()) return;
    const words = { 0: dialog.dataset.none, 1: dialog.dataset.one }[all.length] || dialog.dataset.many.replace("%n", all.length);
    document.getElementById("jump-said").textContent = words;
    if (eager) go(false);
    eager = false;
  });

  for (const key of document.querySelectorAll(".jump-key")) if (mac) key.textContent = "\u2318 K";
  remember();
})();
