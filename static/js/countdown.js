// Counts down inside [data-until="2026-11-21T10:00:00Z"]: writes "9 s", "4 min 05 s", "2 h 10 min" into the element, or
// into its [data-left]. With data-now (the server's clock when it wrote the page) a wrong clock here does no harm.
// At the end the element gets data-over and sends "reviewhub:over", once; the server alone decides what that means.
(() => {
  const ends = new WeakMap();

  const end = (element) => {
    if (ends.get(element)?.until !== element.dataset.until) {
      const until = Date.parse(element.dataset.until);
      const now = Date.parse(element.dataset.now ?? "");
      ends.set(element, { until: element.dataset.until, at: Number.isNaN(now) ? until : Date.now() + until - now });
    }
    return ends.get(element).at;
  };

  const two = (number) => String(number).padStart(2, "0");
  const text = (seconds) => {
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
    return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
  };

  const tick = () => {
    for (const element of document.querySelectorAll("[data-until]:not([data-over])")) {
      const left = Math.ceil((end(element) - Date.now()) / 1000);
      if (Number.isNaN(left)) continue;
      const said = text(Math.max(left, 0));
      const place = element.querySelector("[data-left]") ?? element;
      if (place.textContent !== said) place.textContent = said;
      if (left <= 0) {
        element.dataset.over = "";
        element.dispatchEvent(new CustomEvent("reviewhub:over", { bubbles: true }));
      }
    }
  };

  tick();
  setInterval(tick, 500);
  document.body.addEventListener("htmx:afterSwap", tick);
})();
