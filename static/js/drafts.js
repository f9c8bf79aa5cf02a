// Keeps what is typed into form[data-draft] as long as this tab is open, so that signing in again, a lost claim, an
// undo or a reload does not cost it. What was not sent, or was sent only to the sign-in page, is offered again: the
// panel typed into last opens with it. Hidden fields, what must be typed to confirm and a chosen alternative are not kept.
(() => {
  const key = (form) => `reviewhub.draft.${form.dataset.draft}`;
  const store = (work) => { try { return work(sessionStorage); } catch { return null; } };
  const read = (form) => JSON.parse(store((place) => place.getItem(key(form))) ?? "null");
  const write = (form, draft) => store((place) => place.setItem(key(form), JSON.stringify(draft)));
  const kept = (form) => [...form.elements].filter((field) => field.name && field.name !== "typed" && !field.matches("[type=hidden], button, [name=alternative_rank], [type=radio]:not(:checked)"));
  const signedInJustNow = () => document.referrer && new URL(document.referrer).pathname === document.body.dataset.signInUrl;

  const restore = () => {
    const again = signedInJustNow();
    let latest = null;
    for (const form of document.querySelectorAll("form[data-draft]:not([data-restored])")) {
      form.dataset.restored = "";
      const draft = read(form);
      if (!draft || form.querySelector("[aria-invalid]")) continue;
      for (const field of kept(form)) if (field.name in draft.fields) field.value = draft.fields[field.name];
      for (const radio of form.querySelectorAll("[type=radio]")) if (radio.value === draft.fields[radio.name]) radio.checked = true;
      const panel = form.closest("details[data-reveals]");
      if (panel && (!draft.wasSent || again) && draft.at > (latest?.at ?? 0)) latest = { panel, at: draft.at };
    }
    // One panel is open at a time: the one that was typed into last.
    if (latest) latest.panel.open = true;
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (form) write(form, { at: Date.now(), fields: Object.fromEntries(kept(form).map((field) => [field.name, field.value])) });
  });
  document.addEventListener("submit", (event) => {
    const draft = event.target.matches("form[data-draft]") && read(event.target);
    if (draft) write(event.target, { ...draft, wasSent: true });
  });

  restore();
  document.body.addEventListener("htmx:afterSwap", restore);
})();
