// Listens to the server's stream at <body data-live-url>. Each server event "queue" becomes the DOM event
// "reviewhub:queue" on <body>, for hx-trigger="reviewhub:queue from:body". The stream carries no data, only that
// something changed. While the connection is lost [data-live-state] is shown; coming back says "reviewhub:reconnected".
// <body data-live> says that it stands.
(() => {
  const url = document.body.dataset.liveUrl;
  if (!url) return;
  const names = (document.body.dataset.liveEvents ?? "").split(/\s+/).filter(Boolean);
  const LONGEST = 30_000;
  let stream = null;
  let wait = 1_000;
  let timer = 0;
  let wasLost = false;

  const say = (name, detail) => document.body.dispatchEvent(new CustomEvent(`reviewhub:${name}`, { detail }));
  const showState = (isLost) => {
    for (const element of document.querySelectorAll("[data-live-state]")) element.hidden = !isLost;
  };

  const close = () => {
    clearTimeout(timer);
    stream?.close();
    stream = null;
    delete document.body.dataset.live;
  };

  const open = () => {
    close();
    stream = new EventSource(url);
    stream.addEventListener("open", () => {
      wait = 1_000;
      document.body.dataset.live = "";
      showState(false);
      if (wasLost) say("reconnected");
      wasLost = false;
    });
    stream.addEventListener("error", () => {
      close();
      wasLost = true;
      timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
      if (wait > 2_000) showState(true);
      wait = Math.min(wait * 2, LONGEST);
    });
    for (const name of names) stream.addEventListener(name, (event) => say(name, event.data));
  };

  // A page kept by the browser for its back button must not hold a connection.
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) { wasLost = true; open(); } });
  addEventListener("offline", () => { close(); wasLost = true; showState(true); });
  addEventListener("online", () => { if (!stream && !document.hidden) open(); });
  // Every page listens, and a browser opens only a few connections to one server: a tab nobody looks at gives its own up.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else if (!stream) { wasLost = true; open(); }
  });
  if (!document.hidden) open();
  else wasLost = true;
})();
