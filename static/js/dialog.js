// Opens and closes <dialog>: [data-opens="id"] opens that dialog, [data-closes] or a press on the backdrop closes its own.
(() => {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      if (dialog && !dialog.open) {
        event.preventDefault();
        dialog.showModal();
      }
    } else if (event.target.closest("[data-closes]") || event.target.matches("dialog[open]")) {
      event.target.closest("dialog")?.close();
    }
  });
})();
