// Shows [data-session-ended] on the sign-in page to whoever worked in this tab before and was sent here from a page: what
// they typed is kept by drafts.js. Who comes to sign in for the first time, or signed out, is told nothing.
(() => {
  const notice = document.querySelector("[data-session-ended]");
  const next = new URLSearchParams(location.search).get("next") ?? "";
  let hasWorked = false;
  try { hasWorked = Object.keys(sessionStorage).some((key) => key.startsWith("reviewhub.")); } catch { /* private mode */ }
  if (notice && hasWorked && next && next !== "/") notice.hidden = false;
})();
