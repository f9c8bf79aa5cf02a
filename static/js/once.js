// A form is sent once: a second press while the answer is on its way does nothing. One with `data-again` is answered
// with a file, so the page stays and it may be sent again.
(() => {
  const sent = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented || form.matches("[hx-post], [data-again]")) return;
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    form.setAttribute("aria-busy", "true");
  });
  // Back on a kept page, it may be sent again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[aria-busy]")) {
      sent.delete(form);
      form.removeAttribute("aria-busy");
    }
  });
})();
