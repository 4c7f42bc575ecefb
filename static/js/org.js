/* The org chart: zoom, drag, arrow keys from box to box, lines shown and hidden, and a picture (PNG). Without scripts it
   scrolls, every box is a link, and the SVG file stands beside it. */
(() => {
  "use strict";
  const card = document.querySelector("[data-org]");
  const stage = card?.querySelector("[data-org-stage]");
  const svg = stage?.querySelector("[data-org-svg]");
  if (!svg) return;
  const width = svg.viewBox.baseVal.width;
  const height = svg.viewBox.baseVal.height;
  const boxes = [...svg.querySelectorAll("[data-org-box]")];
  let scale = 1;

  const zoom = (wanted, x = stage.clientWidth / 2, y = stage.clientHeight / 2) => {
    const next = Math.min(2.5, Math.max(0.15, wanted));
    const left = (stage.scrollLeft + x) / scale;
    const top = (stage.scrollTop + y) / scale;
    scale = next;
    svg.setAttribute("width", width * scale);
    svg.setAttribute("height", height * scale);
    stage.scrollLeft = left * scale - x;
    stage.scrollTop = top * scale - y;
  };
  const fit = () => zoom(Math.min(1, (stage.clientWidth - 4) / width, Math.max(360, stage.clientHeight - 4) / height), 0, 0);

  const png = (button) => {
    button.disabled = true;
    fetch(button.dataset.file, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error(answer.status))))
      .then((blob) => new Promise((done, failed) => {
        const image = new Image();
        image.onload = () => done(image);
        image.onerror = failed;
        image.src = URL.createObjectURL(blob);
      }))
      .then((image) => new Promise((done) => {
        const sharp = Math.min(2, 12000 / Math.max(image.width, image.height));
        const canvas = document.createElement("canvas");
        canvas.width = image.width * sharp;
        canvas.height = image.height * sharp;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        URL.revokeObjectURL(image.src);
        canvas.toBlob(done, "image/png");
      }))
      .then((blob) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(blob);
        link.download = "org-chart.png";
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      })
      .catch(() => window.csplatform.toast(button.dataset.failed))
      .finally(() => { button.disabled = false; });
  };

  const tools = card.querySelector("[data-org-tools]");
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("[data-org-do]");
    const act = { in: () => zoom(scale * 1.25), out: () => zoom(scale / 1.25), fit, png: () => png(button) }[button?.dataset.orgDo];
    act?.();
  });
  card.addEventListener("change", (event) => {
    const kind = event.target.dataset.orgShow;
    if (kind) svg.classList.toggle(`hide-${kind}`, !event.target.checked);
  });

  /* One stop for Tab; arrows go to the nearest box that way. */
  const stop = (box) => { for (const one of boxes) one.setAttribute("tabindex", one === box ? "0" : "-1"); };
  const middle = (box) => {
    const place = box.getBoundingClientRect();
    return { x: place.left + place.width / 2, y: place.top + place.height / 2 };
  };
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const nearest = (from, [dx, dy]) => {
    const here = middle(from);
    let best = null;
    let least = Infinity;
    for (const box of boxes) {
      if (box === from) continue;
      const there = middle(box);
      const along = (there.x - here.x) * dx + (there.y - here.y) * dy;
      const aside = Math.abs((there.x - here.x) * dy) + Math.abs((there.y - here.y) * dx);
      if (along <= 4) continue;
      const far = dx ? along + aside * 3 : along * 3 + aside;
      if (far < least) { least = far; best = box; }
    }
    return best;
  };
  if (boxes.length) stop(boxes[0]);
  svg.addEventListener("focusin", (event) => {
    const box = event.target.closest("[data-org-box]");
    if (box) stop(box);
  });
  stage.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const act = { "+": () => zoom(scale * 1.25), "-": () => zoom(scale / 1.25), 0: fit }[event.key];
    if (act) { event.preventDefault(); act(); return; }
    const box = event.target.closest("[data-org-box]");
    const next = { Home: () => boxes[0], End: () => boxes[boxes.length - 1] }[event.key]?.() || (way[event.key] && nearest(box || boxes[0], way[event.key]));
    if (!box || !(event.key in way || event.key === "Home" || event.key === "End")) return;
    event.preventDefault();
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  /* Dragging moves the chart; a click that did not move goes where it leads. */
  let drag = null;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    drag = { x: event.clientX, y: event.clientY, left: stage.scrollLeft, top: stage.scrollTop, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const dx = event.clientX - drag.x;
    const dy = event.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < 5) return;
    drag.moved = true;
    stage.classList.add("dragging");
    stage.scrollLeft = drag.left - dx;
    stage.scrollTop = drag.top - dy;
  });
  window.addEventListener("pointerup", () => {
    if (drag?.moved) stage.addEventListener("click", (event) => event.preventDefault(), { once: true, capture: true });
    drag = null;
    stage.classList.remove("dragging");
  });
  stage.addEventListener("dragstart", (event) => event.preventDefault());
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const place = stage.getBoundingClientRect();
    zoom(scale * (event.deltaY < 0 ? 1.1 : 1 / 1.1), event.clientX - place.left, event.clientY - place.top);
  }, { passive: false });

  /* A chart begins as a whole where it stays legible so; a large one legible, its head in the middle. */
  if (width > stage.clientWidth || height > stage.clientHeight) {
    const whole = Math.min(1, (stage.clientWidth - 4) / width, (stage.clientHeight - 4) / height);
    zoom(whole >= 0.75 ? whole : Math.max(0.62, Math.min(1, (stage.clientWidth - 4) / width)), 0, 0);
    const head = boxes[0]?.getBoundingClientRect();
    const place = stage.getBoundingClientRect();
    if (head) stage.scrollLeft += head.left + head.width / 2 - place.left - place.width / 2;
  }
})();
