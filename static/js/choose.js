// Choosing an alternative by its number leads on to the reason; Enter there sends. With a single reason, or one
// chosen before, the focus goes to the button.
(() => {
  document.addEventListener("change", (event) => {
    if (!event.target.matches('form.choose [name="alternative_rank"]')) return;
    const form = event.target.form;
    const reason = form.elements.reason_code;
    const typed = form.elements.typed?.checkVisibility() ? form.elements.typed : null;
    const next = reason.value ? (typed ?? form.querySelector("button")) : reason;
    form.querySelector(".choose-more").scrollIntoView({ block: "nearest" });
    next.focus({ preventScroll: true });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches('[name="reason_code"]')) return;
    event.preventDefault();
    const form = event.target.form;
    form.requestSubmit(form.querySelector("button"));
  });
})();
