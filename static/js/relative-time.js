// Keeps the text of <time data-relative datetime="…"> true ("3 minutes ago") in the language of the page.
// The server has already written a good text and put the full date into the title.
(() => {
  const STEPS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 30.44], ["month", 12], ["year", Infinity]];
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });

  const text = (seconds) => {
    let amount = seconds;
    for (const [unit, size] of STEPS) {
      if (Math.abs(Math.round(amount)) < size) return words.format(Math.round(amount), unit);
      amount /= size;
    }
    return "";
  };

  const refresh = (root) => {
    for (const time of root.querySelectorAll("time[data-relative]")) {
      const at = Date.parse(time.dateTime);
      if (Number.isNaN(at)) continue;
      const said = text((at - Date.now()) / 1000);
      if (said !== time.textContent) time.textContent = said;
    }
  };

  refresh(document);
  setInterval(() => { if (!document.hidden) refresh(document); }, 10_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(document); });
  document.body.addEventListener("htmx:afterSwap", (event) => refresh(event.target));
})();
