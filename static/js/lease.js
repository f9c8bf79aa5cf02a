// Keeps the claim while the page is seen: once a minute [data-lease-url] is told that its reader is still there.
(() => {
  const EVERY = 60_000;

  const renew = async () => {
    const lease = document.querySelector("[data-lease-url]");
    if (!lease || document.hidden) return;
    const headers = JSON.parse(document.body.getAttribute("hx-headers"));
    const body = new URLSearchParams({ lease_token: lease.dataset.leaseToken, ...window.reviewhubAttention?.() });
    try {
      const answer = await fetch(lease.dataset.leaseUrl, { method: "POST", headers, body });
      if (answer.status === 409) document.body.dispatchEvent(new CustomEvent("reviewhub:person"));
      if (!answer.ok) return;
      const { until } = await answer.json();
      for (const place of document.querySelectorAll("[data-lease-until]")) { delete place.dataset.now; place.dataset.until = until; }
    } catch {
      // Offline: the next minute tries again.
    }
  };

  setInterval(renew, EVERY);
  document.addEventListener("visibilitychange", renew);
})();
