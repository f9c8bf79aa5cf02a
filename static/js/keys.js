// Keyboard shortcuts. An element with data-key="a" is pressed (or, being a field, focused) when that key is typed.
// While the focus is inside [data-keys-scope] only the keys in there count. Inside [data-keys-list], j and k move between elements with [data-keys-item]. "?" lists what the page offers.
// Ignored on key repeat, with Ctrl, Alt or Meta, and while typing. Off where <body data-keys="off">; the checkbox
// [data-keys-toggle] overrides that for this browser. <body data-settled> says that the page has stood long enough for the
// key that approves to be meant for it.
(() => {
  const KEPT = "reviewhub.keys";
  const FIELDS = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
  const SETTLE_MS = 700;
  const body = document.body;
  let settling = 0;
  const settle = () => {
    clearTimeout(settling);
    delete body.dataset.settled;
    settling = setTimeout(() => { body.dataset.settled = ""; }, SETTLE_MS);
  };
  settle();
  document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "content") settle(); });

  // Kept as "profile's value:choice here", so that a later change of the profile ends the exception.
  const profile = body.dataset.keys;
  const kept = () => { try { return localStorage.getItem(KEPT) ?? ""; } catch { return ""; } };
  const keep = (choice) => { try { localStorage.setItem(KEPT, `${profile}:${choice}`); } catch { /* private mode: this page only */ } };
  const isOn = () => body.dataset.keys !== "off";
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]");

  const show = () => {
    for (const toggle of document.querySelectorAll("[data-keys-toggle]")) toggle.checked = isOn();
    for (const opener of document.querySelectorAll("[data-keys-help]")) opener.hidden = false;
  };

  const press = (key) => {
    const scope = document.activeElement?.closest("[data-keys-scope]") ?? document;
    const found = [...scope.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(isSeen);
    if (!found || found.disabled || found.getAttribute("aria-disabled") === "true") return false;
    // A second press meant for the card before must not decide one that nobody has read yet.
    if (found.matches(".approve button") && !("settled" in body.dataset)) return true;
    if (found.matches(FIELDS)) {
      found.focus();
      found.select?.();
    } else {
      if (found.matches("[type=radio]")) found.focus();
      found.click();
    }
    return true;
  };

  const move = (step) => {
    const items = [...document.querySelectorAll("[data-keys-list] [data-keys-item]")].filter(isSeen);
    if (!items.length) return false;
    const here = items.findIndex((item) => item === document.activeElement || item.contains(document.activeElement));
    const there = here < 0 ? (step > 0 ? 0 : items.length - 1) : Math.min(Math.max(here + step, 0), items.length - 1);
    const item = items[there];
    (item.matches("a, button, [tabindex]") ? item : item.querySelector("[data-keys-focus]") ?? item.querySelector("a, button"))?.focus();
    return true;
  };

  const text = (element) => {
    const copy = element.cloneNode(true);
    for (const cap of copy.querySelectorAll(".key")) cap.remove();
    return copy.textContent;
  };

  const label = (element) => (element.dataset.keyLabel || element.getAttribute("aria-label") || text(element.labels?.[0] ?? element))
    .replace(/\s+/g, " ").trim();

  const help = () => {
    const dialog = document.getElementById("keys-help");
    if (!dialog || dialog.open) return false;
    const rows = dialog.querySelector("[data-keys-rows]");
    rows.replaceChildren();
    const listed = new Set();
    const add = (keys, text) => {
      const term = document.createElement("dt");
      for (const name of keys) {
        const cap = document.createElement("kbd");
        cap.className = "key";
        cap.textContent = name;
        term.append(cap, " ");
      }
      const meaning = document.createElement("dd");
      meaning.textContent = text;
      rows.append(term, meaning);
    };
    if (document.querySelector("[data-keys-list] [data-keys-item]")) {
      add(["j", "k"], rows.dataset.moveLabel);
      add(["Enter"], rows.dataset.openLabel);
    }
    for (const element of document.querySelectorAll("[data-key]")) {
      const key = element.dataset.key;
      if (listed.has(key) || !isSeen(element)) continue;
      listed.add(key);
      add([key], label(element));
    }
    for (const row of dialog.querySelectorAll("[data-keys-known]")) row.hidden = listed.has(row.dataset.keysKnown);
    const elsewhere = dialog.querySelector("[data-keys-elsewhere]");
    elsewhere.hidden = !elsewhere.querySelector("[data-keys-known]:not([hidden])");
    dialog.showModal();
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (!isOn() || event.defaultPrevented || event.repeat || event.isComposing) return;
    if (event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
    if (event.target.closest?.(FIELDS) || document.querySelector("dialog[open]")) return;
    const done = event.key === "?" ? help() : press(event.key) || (event.key === "j" && move(1)) || (event.key === "k" && move(-1));
    if (done) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys-toggle]")) return;
    body.dataset.keys = event.target.checked ? "on" : "off";
    keep(body.dataset.keys);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-help]")) help();
  });

  const [then, choice] = kept().split(":");
  if (then === profile && (choice === "on" || choice === "off")) body.dataset.keys = choice;
  show();
})();
