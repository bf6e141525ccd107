// The command palette: one list of what this page can do and where one can go, by Ctrl K (⌘ K) or a key of its own.
// Pages add their commands to `moderato.commands`: functions that return [{ words, group, key, run }] when it opens.
"use strict";

(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const words = dialog.querySelector("[role=combobox]");
  const list = dialog.querySelector("[role=listbox]");
  const views = () => [...document.querySelectorAll(".view > a")];
  let known = [], shown = [], chosen = 0;

  // Letters without case and accents, as the search for comments reads them.
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const parts = (text) => folded(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const follows = (href) => () => location.assign(href);

  function commands() {
    const acts = moderato.commands.flatMap((offered) => offered()).map((one) => ({ group: moderato.t("Action"), ...one }));
    const saved = views().map((link) => ({ words: link.textContent.trim(), group: moderato.t("Saved view"), run: follows(link.href) }));
    const links = [...dialog.querySelectorAll("[data-links] a")].map((link) => ({ words: link.textContent, group: link.dataset.group, run: follows(link.href) }));
    return [...acts, ...saved, ...links];
  }
  // Every word that was typed begins a word of the command; those whose own words begin so come first.
  function matching(typed) {
    const wanted = parts(typed);
    const has = (text) => { const own = parts(text); return wanted.every((word) => own.some((one) => one.startsWith(word))); };
    const found = known.filter((one) => has(`${one.words} ${one.group}`));
    return found.sort((one, other) => has(other.words) - has(one.words));
  }
  function searches(typed) {
    if (!typed) return [];
    const where = (address) => follows(`${address}?${new URLSearchParams({ text: typed })}`);
    const group = moderato.t("Search");
    return [
      { words: moderato.t("Search held comments for “%(words)s”", { words: typed }), group, run: where(dialog.dataset.held) },
      { words: moderato.t("Search all comments for “%(words)s”", { words: typed }), group, run: where(dialog.dataset.all) },
    ];
  }
  function show() {
    const typed = words.value.trim();
    shown = [...matching(typed), ...searches(typed)];
    list.replaceChildren(
      ...shown.map((one, index) => {
        const option = document.createElement("li");
        option.id = `palette-${index}`;
        option.setAttribute("role", "option");
        const what = document.createElement("span");
        what.dir = "auto";
        what.textContent = one.words;
        const group = document.createElement("small");
        group.textContent = one.group;
        option.append(what, group);
        if (one.key) {
          const key = document.createElement("kbd");
          key.textContent = one.key;
          option.append(key);
        }
        return option;
      }),
    );
    choose(0);
  }
  function choose(index) {
    chosen = index;
    for (const [at, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(at === chosen));
    const option = list.children[chosen];
    words.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  function open() {
    // A second dialog would take the keys of the first.
    if (document.querySelector("dialog[open]")) return;
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
    known = commands();
    words.value = "";
    dialog.showModal();
    show();
  }
  function run(index) {
    const command = shown[index];
    dialog.close(); // the focus is where it was: what the command does begins there
    command.run();
  }

  words.addEventListener("input", show);
  words.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const last = shown.length - 1;
    const to = { ArrowDown: chosen === last ? 0 : chosen + 1, ArrowUp: chosen === 0 ? last : chosen - 1, PageDown: Math.min(last, chosen + 8), PageUp: Math.max(0, chosen - 8) }[event.key];
    if (to !== undefined) choose(to);
    else if (event.key === "Enter") run(chosen);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) run([...list.children].indexOf(option));
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the box
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }); // beside it
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.repeat) return;
    const chord = (event.ctrlKey !== event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k";
    const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
    const key = !typing && !event.ctrlKey && !event.metaKey && dialog.dataset.key !== "" && event.key === dialog.dataset.key;
    if (!chord && !key) return;
    event.preventDefault();
    open();
  });
  const isMac = /^(Mac|iP)/.test(navigator.platform);
  for (const chord of document.querySelectorAll("[data-chord]")) chord.textContent = isMac ? "⌘ K" : "Ctrl K";
  for (const button of document.querySelectorAll("[data-palette]")) {
    button.hidden = false;
    button.addEventListener("click", open);
  }
})();
