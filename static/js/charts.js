/* Draws the charts of a page: figures come as JSON beside their place, colours follow the theme, every chart can be
   read as a table and taken home as CSV, PNG or SVG, which say what they show of which part of the book. A figure names its colours for light; layout.meta.dark says what each
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

  /* What a chart shows, of which part of the book, and when: as lines. */
  const caption = (chart) => {
    const day = new Date().toLocaleDateString(document.documentElement.lang, { dateStyle: "medium" });
    const title = chart.querySelector("h2, h3").textContent.trim();
    return [title, [chart.dataset.about, day].filter(Boolean).join(" · ")];
  };

  const CAPTION = 60;
  const literal = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

  const picture = (chart, format) => {
    const made = figure(chart);
    const ground = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim();
    const [title, about] = caption(chart);
    const width = Math.max(720, plot(chart).clientWidth);
    const line = (text, y, size) => ({
      text: literal(cut(text, Math.floor(width / (size * 0.58)))),
      x: 0, xref: "container", xanchor: "left", y, yref: "container", yanchor: "top", font: { ...made.layout.font, size },
    });
    const height = (made.layout.height || 320) + CAPTION;
    const layout = {
      ...made.layout, height, paper_bgcolor: ground, plot_bgcolor: ground,
      margin: { ...made.layout.margin, t: (made.layout.margin?.t ?? 10) + CAPTION },
      title: { ...line(title, 1 - 8 / height, 16), pad: { l: 12 }, subtitle: { text: literal(cut(about, Math.floor(width / 7))), font: { ...made.layout.font, size: 12 } } },
    };
    return window.Plotly.toImage({ data: made.data, layout }, { format, scale: format === "png" ? 2 : 1, width, height });
  };

  const actions = {
    table(chart, button) {
      const table = chart.dataset.view !== "table";
      chart.dataset.view = table ? "table" : "";
      button.setAttribute("aria-pressed", String(table));
      if (!table) window.Plotly?.Plots.resize(plot(chart));
    },
    csv(chart) {
      const rows = [...chart.querySelectorAll(".chart-table tr")].map((row) => [...row.cells].map(cell).join(","));
      const about = caption(chart).map((line) => cell({ textContent: line }));
      rows.push("", about.join(","));
      save(name(chart, "csv"), new Blob(["\ufeff", rows.join("\r\n"), "\r\n"], { type: "text/csv" }));
    },
    async png(chart) {
      const bytes = Uint8Array.from(atob((await picture(chart, "png")).split(",")[1]), (letter) => letter.charCodeAt(0));
      save(name(chart, "png"), new Blob([bytes], { type: "image/png" }));
    },
    async svg(chart) {
      const drawing = decodeURIComponent((await picture(chart, "svg")).replace(/^data:image\/svg\+xml,/, ""));
      save(name(chart, "svg"), new Blob([drawing], { type: "image/svg+xml" }));
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
