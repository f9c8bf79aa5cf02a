// A notification whose page is opened is marked as read on the way: the link itself changes nothing, this posts.
(() => {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-marks-read]");
    if (!link) return;
    const { "X-CSRFToken": token } = JSON.parse(document.body.getAttribute("hx-headers"));
    fetch(link.dataset.marksRead, {
      method: "POST",
      keepalive: true,
      headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" },
    }).catch(() => { /* It stays unread; the list still has its button. */ });
  });
})();
