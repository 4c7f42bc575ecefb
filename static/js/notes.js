/* Completes @names in a note: arrows choose, Enter or Tab takes, Escape closes. Without it names are typed in full. */
(() => {
  "use strict";
  const MOST = 8;
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  const attach = (area, people) => {
    const host = document.createElement("div");
    host.className = "naming-host";
    area.after(host);
    const list = document.createElement("ul");
    list.className = "naming";
    list.id = `${area.id || "note"}-naming`;
    list.setAttribute("role", "listbox");
    list.hidden = true;
    host.append(list);
    list.setAttribute("aria-label", "@");
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", list.id);
    let found = [];
    let chosen = 0;
    let from = -1;

    const close = () => {
      list.hidden = true;
      found = [];
      area.removeAttribute("aria-activedescendant");
    };
    const choose = (index) => {
      chosen = (index + found.length) % found.length;
      [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
      area.setAttribute("aria-activedescendant", list.children[chosen].id);
      window.csplatform?.say(found[chosen].name);
      list.children[chosen].scrollIntoView({ block: "nearest" });
    };
    const take = (index) => {
      const words = `@${found[index].words}`;
      const after = area.value.slice(area.selectionStart);
      area.setRangeText(words + (/^\s/.test(after) ? "" : " "), from, area.selectionStart, "end");
      close();
      area.focus();
    };
    const look = () => {
      const before = area.value.slice(0, area.selectionStart);
      const typed = /(^|[\s(\["'])@([^@\n]{0,40})$/u.exec(before);
      if (!typed) return close();
      const wanted = plain(typed[2]);
      from = before.length - typed[2].length - 1;
      found = people
        .filter((one) => one.keys.some((key) => key.startsWith(wanted)))
        .filter((one) => plain(one.words) !== wanted.trim())
        .slice(0, MOST);
      if (!found.length) return close();
      list.replaceChildren(
        ...found.map((one, place) => {
          const item = document.createElement("li");
          item.id = `${list.id}-${place}`;
          item.setAttribute("role", "option");
          const email = document.createElement("small");
          email.textContent = one.email;
          item.append(one.name, email);
          item.addEventListener("mousedown", (event) => {
            event.preventDefault();
            take(place);
          });
          return item;
        }),
      );
      list.hidden = false;
      choose(0);
    };
    area.addEventListener("input", look);
    area.addEventListener("click", look);
    area.addEventListener("blur", close);
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        area.form.requestSubmit();
        return;
      }
      if (list.hidden) return;
      const does = { ArrowDown: () => choose(chosen + 1), ArrowUp: () => choose(chosen - 1), Enter: () => take(chosen), Tab: () => take(chosen), Escape: close };
      if (!does[event.key]) return;
      event.preventDefault();
      event.stopPropagation();
      does[event.key]();
    });
  };

  const ready = () => {
    for (const area of document.querySelectorAll("textarea[data-mentions]")) {
      const data = document.getElementById(area.dataset.mentions);
      if (!data) continue;
      const people = JSON.parse(data.textContent).map((one) => ({
        ...one,
        keys: [...plain(one.name).split(/\s+/), plain(one.name), plain(one.email), plain(one.words)],
      }));
      attach(area, people);
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
