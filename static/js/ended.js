// When a card is told that there is nothing left to decide ([data-ended]), nothing on it can be pressed any more: what
// decides, and the links that open what it asks for. What was typed stays, to be copied.
(() => {
  document.body.addEventListener("htmx:afterSwap", () => {
    if (!document.querySelector("#state [data-ended]")) return;
    for (const button of document.querySelectorAll(".action-bar .approve button, .approve-edit button, .verbs button, .dock details button, form.choose button, form.pick button")) button.disabled = true;
    for (const link of document.querySelectorAll(".verbs a")) {
      link.setAttribute("aria-disabled", "true");
      link.removeAttribute("href");
    }
  });
})();
