/* A file dropped on the form goes into its file field. Without this script the field itself takes it. */
(() => {
  "use strict";
  for (const form of document.querySelectorAll("form[data-drop]")) {
    const zone = form.querySelector("[data-drop-zone]");
    const said = form.querySelector("[data-drop-said]");
    const input = form.querySelector("input[type=file]");
    if (!zone || !input) continue;
    if (said) said.hidden = false;
    const over = (on) => zone.classList.toggle("over", on);
    for (const name of ["dragenter", "dragover"]) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        over(true);
      });
    }
    zone.addEventListener("dragleave", () => over(false));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      if (!event.dataTransfer?.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      window.csplatform?.say(input.files[0].name);
    });
  }
})();
