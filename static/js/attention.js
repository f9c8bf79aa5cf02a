// Measures how the card [data-attended] is read, also before it is claimed: milliseconds while its page is visible, in
// focus and something was done within half a minute, and how many .evidence items were on screen for half a second. Kept
// for the task in this tab, told with the lease's renewal and written into [data-attention] fields when a decision is
// sent. Says nothing about what is read.
(() => {
  const TICK_MS = 250;
  const IDLE_MS = 30_000;
  const SEEN_MS = 500;
  const store = (work) => { try { return work(sessionStorage); } catch { return null; } };
  const key = (task) => `reviewhub.attention.${task}`;
  let task = "";
  let active = 0;
  let seen = new Set();
  let lastDone = performance.now();
  let lastTick = performance.now();

  const keep = () => { if (task) store((place) => place.setItem(key(task), JSON.stringify({ active, seen: [...seen] }))); };

  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(target.seenSoon);
      if (isIntersecting) target.seenSoon = setTimeout(() => { if (!document.hidden) seen.add(target.id); }, SEEN_MS);
    }
  }, { threshold: 0.25 });

  const begin = () => {
    const place = document.querySelector("[data-attended]");
    const now = place?.dataset.attended ?? "";
    if (now !== task) {
      keep();
      task = now;
      const kept = JSON.parse(store((shelf) => shelf.getItem(key(task))) ?? "null") ?? { active: 0, seen: [] };
      active = kept.active;
      seen = new Set(kept.seen);
    }
    // A swap puts new elements in the place of those that were watched.
    observer.disconnect();
    if (task) for (const item of document.querySelectorAll(".evidence[id]")) observer.observe(item);
  };

  const done = () => { lastDone = performance.now(); };
  const tick = () => {
    const now = performance.now();
    const isRead = task && !document.hidden && document.hasFocus() && now - lastDone < IDLE_MS;
    // A tab that slept is not read for as long as it slept.
    if (isRead) active += Math.min(now - lastTick, 2 * TICK_MS);
    lastTick = now;
  };
  const told = () => { tick(); keep(); return { active_ms: Math.round(active), opened: seen.size }; };

  window.reviewhubAttention = told;
  for (const name of ["pointermove", "pointerdown", "keydown", "scroll", "focusin"]) {
    document.addEventListener(name, done, { capture: true, passive: true });
  }
  const fill = (form) => {
    if (!task) return;
    const values = told();
    for (const field of form.querySelectorAll("[data-attention]")) field.value = values[field.dataset.attention];
  };
  document.addEventListener("submit", (event) => fill(event.target), { capture: true });
  window.addEventListener("pagehide", keep);
  document.body.addEventListener("htmx:afterSwap", begin);
  setInterval(tick, TICK_MS);
  begin();
})();
