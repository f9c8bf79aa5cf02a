// Keeps totals true while the rest of a page is fetched again less often: an event "queue" brings the queue's figures, and
// [data-figure="queue:7 waiting"] shows the one it names.
(() => {
  document.body.addEventListener("reviewhub:queue", (event) => {
    if (!event.detail?.startsWith("{")) return;
    const { topic, ...figures } = JSON.parse(event.detail);
    for (const [name, figure] of Object.entries(figures)) {
      for (const place of document.querySelectorAll(`[data-figure="${topic} ${name}"]`)) place.textContent = figure;
    }
  });
})();
