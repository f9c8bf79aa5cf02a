// Says in form[data-counted] how many of its rows are ticked, wherever it names the number; with none there is nothing to send.
(() => {
  const count = (form) => {
    const ticked = form.querySelectorAll("tbody input[type=checkbox]:checked").length;
    for (const place of form.querySelectorAll("[data-count]")) place.textContent = ticked;
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = !ticked;
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-counted]");
    if (form) count(form);
  });
  // A browser that comes back to a page keeps what was ticked.
  addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-counted]")) count(form); });
})();
