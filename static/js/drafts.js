// Keeps what is typed into form[data-draft] as long as this tab is open, so that signing in again, a lost claim, an
// undo or a reload does not cost it. Hidden fields and what must be typed to confirm are not kept.
(() => {
  const key = (form) => `reviewhub.draft.${form.dataset.draft}`;
  const store = (work) => { try { return work(sessionStorage); } catch { return null; } };
  const kept = (form) => [...form.elements].filter((field) => field.name && field.name !== "typed" && !field.matches("[type=hidden], button, [type=radio]"));

  const restore = () => {
    for (const form of document.querySelectorAll("form[data-draft]:not([data-restored])")) {
      form.dataset.restored = "";
      const draft = JSON.parse(store((place) => place.getItem(key(form))) ?? "null");
      if (!draft) continue;
      for (const field of kept(form)) if (field.name in draft && !form.querySelector("[aria-invalid]")) field.value = draft[field.name];
    }
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (!form) return;
    const draft = Object.fromEntries(kept(form).map((field) => [field.name, field.value]));
    store((place) => place.setItem(key(form), JSON.stringify(draft)));
  });

  restore();
  document.body.addEventListener("htmx:afterSwap", restore);
})();
