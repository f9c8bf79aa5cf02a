// Says plainly when an htmx request failed, and keeps what was typed. If the answer is the sign-in page (the session
// ended), the whole page goes there instead of showing it inside a fragment.
(() => {
  const place = document.getElementById("live-region");
  const say = (text) => {
    if (!place) return;
    place.textContent = text;
    place.hidden = !text;
  };
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const signIn = document.body.dataset.signInUrl;
    const answered = event.detail.xhr.responseURL;
    if (signIn && answered && new URL(answered).pathname === signIn) {
      event.detail.shouldSwap = false;
      location.assign(`${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
    }
  });
  document.body.addEventListener("htmx:sendError", () => say(place?.dataset.offline ?? ""));
  document.body.addEventListener("htmx:timeout", () => say(place?.dataset.offline ?? ""));
  document.body.addEventListener("htmx:responseError", () => say(place?.dataset.failed ?? ""));
  document.body.addEventListener("htmx:afterOnLoad", () => say(""));
})();
