// A link to a form inside a closed <details data-reveals> opens it and goes to its first field. Without script the
// browser opens it by itself; the focus is what this adds.
(() => {
  const first = (details) => details.querySelector("input:not([type=hidden]), select, textarea");

  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const details = link && document.getElementById(link.hash.slice(1))?.closest("details[data-reveals]");
    if (!details) return;
    event.preventDefault();
    details.open = true;
    details.scrollIntoView({ block: "nearest" });
    first(details)?.focus();
  });
})();
