// Where the focus goes when a card comes back with an answer: to what stands in the way, else to the button that now
// decides, never to nothing. An Enter that was still down, or came right after, does not press that button unread.
(() => {
  const land = () => {
    const place = document.querySelector("main .notice[data-lands]")
      ?? document.querySelector(".dock [aria-invalid=true], form.choose [aria-invalid=true]")
      ?? [...document.querySelectorAll("main button[data-lands]")].find((button) => button.checkVisibility());
    place?.focus({ preventScroll: Boolean(place.closest(".dock")) });
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.("button[data-lands]")) return;
    if (event.repeat || !("settled" in document.body.dataset)) event.preventDefault();
  }, { capture: true });
  document.body.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "content") land(); });
  // A browser that goes to an address with a # takes the focus away once more when the page is there.
  if (document.readyState === "complete") land();
  else addEventListener("load", () => requestAnimationFrame(() => setTimeout(land)));
})();
