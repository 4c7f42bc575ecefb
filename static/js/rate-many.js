/* Several people at once: rows are marked by x or by their box, and the bar below the grid gives each the same strength,
   sentiment and driver. Each is saved by itself, as if it were rated alone: what is refused says so in its row. */
(() => {
  "use strict";
  const shared = window.csplatform.grid;
  const bar = document.getElementById("rate-many");
  if (!shared || !bar) return;
  const { grid, texts, FACETS, say, rows, rowOf, land, focused, show, save } = shared;
  const driver = bar.elements.driver;
  const wrong = bar.querySelector("[data-wrong]");
  const boxOf = (row) => row.querySelector("[data-mark]");
  const marked = () => rows().filter((row) => boxOf(row)?.checked);
  const tell = () => {
    const many = marked().length;
    bar.hidden = !many;
    bar.querySelector("[data-marked]").textContent = `${many} ${texts.marked}`;
    // The row that is moved to stops above the bar, and above the navigation below it on a phone.
    document.documentElement.style.scrollPaddingBottom = many ? `${bar.offsetHeight + 70}px` : "";
  };
  const mark = (row, on) => {
    boxOf(row).checked = on;
    say(`${row.dataset.name}: ${on ? texts.marked : texts.unmarked}`);
    tell();
  };
  const leave = () => {
    for (const row of marked()) boxOf(row).checked = false;
    bar.reset();
    driver.required = false;
    wrong.textContent = "";
    tell();
    land(focused());
  };

  grid.addEventListener("change", (event) => {
    if (event.target.matches("[data-mark]")) mark(rowOf(event.target), event.target.checked);
  });
  grid.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    const typing = event.target.matches("select, input:not([type=radio], [type=checkbox])");
    if (event.key !== "x" || !row || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (boxOf(row)) mark(row, !boxOf(row).checked);
    else say(texts.readonly);
  });
  grid.addEventListener("htmx:load", tell); // a row that was saved alone is as the server sent it: not marked
  bar.addEventListener("change", () => {
    driver.required = Boolean(new FormData(bar).get("sentiment"));
    wrong.textContent = "";
  });
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
  });
  bar.querySelector("[data-unmark]").addEventListener("click", leave);
  bar.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = Object.fromEntries([...new FormData(bar)].filter(([, value]) => value));
    if (!body.strength && !body.sentiment) {
      wrong.textContent = texts.sayFirst;
      return;
    }
    if (!body.sentiment) delete body.driver;
    const parts = Object.fromEntries(body.sentiment ? FACETS.map((facet) => [facet, body.sentiment]) : []);
    if (body.strength) parts.strength = body.strength;
    for (const row of marked()) {
      show(row, parts);
      save(row, body);
    }
    leave();
  });
})();
