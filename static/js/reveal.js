// A link to a form inside a closed <details data-reveals> opens it and goes to its first field. Without script the
// browser opens it by itself; the focus is what this adds. Escape closes the panel again, or takes back the choice of an
// alternative; what was typed stays in it. A page that comes back with a panel open keeps it open: of two with one name
// a browser shuts the newer one, so the one it replaces gives its name up first.
(() => {
  const first = (details) => details.querySelector("input:not([type=hidden]), select, textarea");

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const details = link && document.getElementById(link.hash.slice(1))?.closest("details[data-reveals]");
    if (!details) return;
    event.preventDefault();
    details.open = true;
    first(details)?.focus({ preventScroll: true });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open], details.menu[open]")) return;
    const within = event.target.closest?.("details[data-reveals][open]");
    const details = within ?? [...document.querySelectorAll("details[data-reveals][open]")].at(-1);
    const chosen = document.querySelector('form.choose [name="alternative_rank"]:checked');
    if (chosen && (!details || event.target.form === chosen.form)) {
      chosen.checked = false;
      chosen.focus();
    } else if (details) {
      details.open = false;
      const id = CSS.escape(details.querySelector("form").id);
      document.querySelector(`a[href="#${id}"], a[data-reveals-form="${id}"]`)?.focus();
    }
  });

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    for (const details of event.detail.target.querySelectorAll("details[data-reveals][name]")) details.removeAttribute("name");
  });
})();
