/* Light, dark or the system's: set before the first paint and remembered, in every open tab. */
(() => {
  "use strict";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  // A signed-in person's choice comes with the page and is kept by the server; before that, by this browser.
  let kept = root.dataset.themeKept;

  const chosen = () => {
    if (kept) return kept;
    try {
      return localStorage.getItem("theme") || "system";
    } catch {
      return "system";
    }
  };

  const keep = (choice) => {
    const headers = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
    fetch("/me/theme", { method: "POST", headers, body: new URLSearchParams({ theme: choice }) });
  };

  const apply = () => {
    const choice = chosen();
    const theme = choice === "system" ? (system.matches ? "dark" : "light") : choice;
    if (root.dataset.bsTheme !== theme || !root.dataset.themed) {
      root.dataset.bsTheme = theme;
      root.dataset.themed = "1";
      document.dispatchEvent(new CustomEvent("theme", { detail: theme }));
    }
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  };

  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  document.addEventListener("DOMContentLoaded", apply);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    const choice = button.dataset.themeChoice;
    if (kept) {
      kept = choice;
      keep(choice);
    }
    try {
      localStorage.setItem("theme", choice);
    } catch {
      /* storage is off: the choice lasts for this page */
    }
    apply();
  });
})();
