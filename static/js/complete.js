// Offers the names a condition may speak of while one is typed: those in the list that `data-complete` names, each in a
// `data-name`. Arrow keys choose, Enter or Tab takes, Escape closes. Without script the list beside the field is enough.
(() => {
  const MOST = 8;
  for (const place of document.querySelectorAll("[data-complete]")) {
    const field = place.querySelector("textarea");
    const list = document.getElementById(place.dataset.complete);
    if (!field || !list) continue;
    const names = [...list.querySelectorAll("[data-name]")].map((one) => one.dataset.name);
    const offered = document.createElement("ul");
    offered.className = "complete";
    offered.id = `${field.id}_offered`;
    offered.setAttribute("role", "listbox");
    offered.setAttribute("aria-label", field.labels[0]?.textContent.trim() ?? "");
    offered.hidden = true;
    field.after(offered);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", offered.id);
    field.setAttribute("aria-expanded", "false");
    let chosen = 0;

    const word = () => field.value.slice(0, field.selectionStart).match(/[A-Za-z_][\w.]*$/)?.[0] ?? "";
    const close = () => {
      offered.hidden = true;
      field.setAttribute("aria-expanded", "false");
      field.removeAttribute("aria-activedescendant");
    };
    const mark = () => {
      [...offered.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
      field.setAttribute("aria-activedescendant", offered.children[chosen].id);
      offered.children[chosen].scrollIntoView({ block: "nearest" });
    };
    const take = (name) => {
      const begin = field.selectionStart - word().length;
      field.setRangeText(name, begin, field.selectionStart, "end");
      close();
      field.dispatchEvent(new Event("input", { bubbles: true }));
      close();
    };
    const open = () => {
      const typed = word();
      const found = typed ? names.filter((name) => name !== typed && name.includes(typed)).slice(0, MOST) : [];
      if (!found.length) return close();
      chosen = 0;
      offered.replaceChildren(
        ...found.map((name, at) => {
          const item = document.createElement("li");
          item.id = `${offered.id}_${at}`;
          item.setAttribute("role", "option");
          item.textContent = name;
          item.addEventListener("mousedown", (event) => {
            event.preventDefault();
            take(name);
          });
          return item;
        }),
      );
      offered.hidden = false;
      field.setAttribute("aria-expanded", "true");
      mark();
    };

    field.addEventListener("input", (event) => event.isTrusted && open());
    field.addEventListener("blur", close);
    field.addEventListener("keydown", (event) => {
      if (offered.hidden) return;
      if (event.key === "Escape") close();
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const step = event.key === "ArrowDown" ? 1 : -1;
        chosen = (chosen + step + offered.children.length) % offered.children.length;
        mark();
      } else if (event.key === "Enter" || event.key === "Tab") take(offered.children[chosen].textContent);
      else return;
      event.preventDefault();
    });
  }
})();
