/* Draws the charts of a page: figures come as JSON beside their place, colours follow the theme, every chart can be
   read as a table and taken home as CSV or PNG. A figure names its colours for light; layout.meta.dark says what each
   becomes in the dark. A point with a customdata address drills to the rows it counts. */
(() => {
  "use strict";
  const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  const dark = () => document.documentElement.dataset.bsTheme === "dark";

  const repaint = (value, colours) => {
    if (typeof value === "string") return colours[value] || value;
    if (Array.isArray(value)) return value.map((part) => repaint(part, colours));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, key === "meta" ? part : repaint(part, colours)]));
    }
    return value;
  };

  const figure = (chart) => {
    const source = document.getElementById(chart.dataset.chart);
    if (!source) return null;
    const made = JSON.parse(source.textContent);
    return dark() ? repaint(made, made.layout?.meta?.dark || {}) : made;
  };

  const plot = (chart) => chart.querySelector(".chart-plot");

  const draw = (chart) => {
    const made = figure(chart);
    const place = plot(chart);
    if (!made || !place || !window.Plotly) return;
    const layout = { ...made.layout, autosize: true };
    // On a phone bubbles of the same size would cover each other.
    if (place.clientWidth < 420) for (const { marker } of made.data) if (marker?.sizeref) marker.sizeref *= 2.2;
    delete layout.width;
    chart.dataset.ready = "1";
    window.Plotly.react(place, made.data, layout, config).then(() => {
      if (place.dataset.bound) return;
      place.dataset.bound = "1";
      place.on("plotly_click", (event) => {
        const target = event.points?.[0]?.customdata;
        const address = Array.isArray(target) ? target[0] : target;
        if (typeof address === "string" && /^\/(?!\/)/.test(address)) window.location.assign(address);
      });
    });
  };

  const drawAll = (root) => {
    for (const chart of root.querySelectorAll?.("[data-chart]") || []) draw(chart);
  };

  const save = (name, blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  /* A cell that a spreadsheet would run as a formula is handed over as text. */
  const cell = (node) => {
    const words = node.textContent.trim().replace(/\s+/g, " ");
    const number = /^[−-]?[\d.,\s%]+$/.test(words);
    return `"${(!number && /^[=+\-@\t]/.test(words) ? `'${words}` : words).replaceAll('"', '""')}"`;
  };

  const name = (chart, ending) => `${chart.dataset.chart}-${new Date().toISOString().slice(0, 10)}.${ending}`;

  const actions = {
    table(chart, button) {
      const table = chart.dataset.view !== "table";
      chart.dataset.view = table ? "table" : "";
      button.setAttribute("aria-pressed", String(table));
      if (!table) window.Plotly?.Plots.resize(plot(chart));
    },
    csv(chart) {
      const rows = [...chart.querySelectorAll(".chart-table tr")].map((row) => [...row.cells].map(cell).join(","));
      save(name(chart, "csv"), new Blob(["\ufeff", rows.join("\r\n"), "\r\n"], { type: "text/csv" }));
    },
    async png(chart) {
      const made = figure(chart);
      const ground = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim();
      const layout = { ...made.layout, paper_bgcolor: ground, plot_bgcolor: ground };
      const picture = await window.Plotly.toImage(
        { data: made.data, layout },
        { format: "png", scale: 2, width: Math.max(720, plot(chart).clientWidth), height: layout.height || 320 },
      );
      const bytes = Uint8Array.from(atob(picture.split(",")[1]), (letter) => letter.charCodeAt(0));
      save(name(chart, "png"), new Blob([bytes], { type: "image/png" }));
    },
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-chart-do]");
    const chart = button?.closest("[data-chart]");
    if (chart) actions[button.dataset.chartDo]?.(chart, button);
  });
  document.addEventListener("theme", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => drawAll(document));
  else drawAll(document);
})();
