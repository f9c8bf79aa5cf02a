// A link to a form inside a closed <details data-reveals> opens it and goes to its first field. Without script the
// browser opens it by itself; the focus is what this adds, and that the page stays where it is. Escape closes the panel
// again and leads back to where one read, or takes back the choice of an alternative; what was typed stays in it. The
// link says whether its panel is open. A page that comes back with a panel open keeps it open: of two with one name a
// browser shuts the newer one, so the one it replaces gives its name up first.
(() => {
  const PANELS = "details[data-reveals]";
  let readAt = null;
  const first = (details) => details.querySelector("input:not([type=hidden]), select, textarea");
  const linkTo = (details) => {
    const id = CSS.escape(details.querySelector("form").id);
    return document.querySelector(`a[href="#${id}"], a[data-reveals-form="${id}"]`);
  };
  const isOneOpen = () => document.querySelector(`${PANELS}[open]`);
  const remember = () => { if (!isOneOpen()) readAt = scrollY; };
  const tell = () => {
    for (const link of document.querySelectorAll(".verbs a[data-key], .spread a[data-key]")) link.setAttribute("aria-expanded", "false");
    const open = isOneOpen();
    if (open) linkTo(open)?.setAttribute("aria-expanded", "true");
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#'], a[data-reveals-form]");
    if (!link) return;
    if (link.dataset.revealsForm) { remember(); return; }
    const details = document.getElementById(link.hash.slice(1))?.closest(PANELS);
    if (!details) return;
    event.preventDefault();
    remember();
    details.open = true;
    first(details)?.focus({ preventScroll: true });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open], details.menu[open]")) return;
    const within = event.target.closest?.(`${PANELS}[open]`);
    const details = within ?? [...document.querySelectorAll(`${PANELS}[open]`)].at(-1);
    const chosen = document.querySelector('form.choose [name="alternative_rank"]:checked');
    if (chosen && (!details || event.target.form === chosen.form)) {
      chosen.checked = false;
      chosen.focus();
    } else if (details) {
      details.open = false;
      linkTo(details)?.focus({ preventScroll: true });
      if (readAt !== null) scrollTo({ top: readAt, behavior: "instant" });
      readAt = null;
    }
  });

  document.addEventListener("toggle", (event) => { if (event.target.matches(PANELS)) tell(); }, { capture: true });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    for (const details of event.detail.target.querySelectorAll(`${PANELS}[name]`)) details.removeAttribute("name");
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "delegate") first(document.querySelector("#delegate details"))?.focus({ preventScroll: true });
    tell();
  });
  tell();
})();
