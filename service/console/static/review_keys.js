// Keys, clicks and ticks on the review page.
"use strict";

(() => {
  const { root, rows, panel, canDecide, wide, address, current, open, step, more, act, mayAct, approve, reject, rejectedFor, escalate, skip, undo, askNote, addNote, askReason, reasons } = moderato.review;

  const keysDialog = document.getElementById("keys-dialog");
  const keys = Object.fromEntries(Object.entries(JSON.parse(root.dataset.keys)).map(([action, key]) => [key, action]));
  const keysOn = Object.keys(keys).length > 0;
  const ARROWS = { ArrowDown: "next", ArrowUp: "previous" };

  const actions = {
    next: () => step(1),
    previous: () => step(-1),
    approve: () => approve(),
    reject: askReason,
    escalate: askNote,
    note: () => panel.querySelector("#note")?.focus(),
    author: () => panel.querySelector("[data-author]")?.click(),
    bulk() {
      if (rows.querySelector("input[type=checkbox]:checked")) document.getElementById("selection").requestSubmit();
      else document.querySelector("[data-bulk]")?.click();
    },
    skip,
    undo,
    select() {
      const box = current()?.querySelector("input[type=checkbox]");
      if (box) { box.checked = !box.checked; box.dispatchEvent(new Event("change", { bubbles: true })); }
    },
    show() {
      const cover = panel.querySelector("[data-cover]");
      if (cover) cover.open = !cover.open;
    },
    search: () => document.getElementById("q").focus(),
    help: () => keysDialog.showModal(),
  };
  // What the palette offers here: of a comment only while one is open, and to whom may decide.
  const ALWAYS = ["search", "help"], OF_LIST = ["next", "previous"], OF_COMMENT = ["author", "show"];
  function isOffered(action) {
    if (ALWAYS.includes(action)) return true;
    if (OF_LIST.includes(action)) return wide.matches;
    if (!canDecide && !OF_COMMENT.includes(action)) return false;
    return action === "undo" || action === "bulk" || (wide.matches && current());
  }
  moderato.commands.push(() =>
    [...keysDialog.querySelectorAll("[data-act]")]
      .filter((key) => isOffered(key.dataset.act))
      .map((key) => ({ words: key.nextElementSibling.textContent, key: keysOn && key.textContent.trim(), run: actions[key.dataset.act] })),
  );
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
    if (typing) {
      if (event.key === "Escape") {
        for (const menu of panel.querySelectorAll("[data-escalate-menu], .reject-menu")) menu.open = false;
        typing.blur();
        (current()?.querySelector(".row-link") || rows).focus();
      }
      return;
    }
    // In the panel the arrows scroll, and on a radio button they choose.
    const isInList = keysOn && !event.target.closest("#panel, input, summary");
    const action = keys[event.key] || (isInList ? ARROWS[event.key] : undefined);
    if (!action) return;
    event.preventDefault();
    // A key that is held down walks through the list; it decides nothing.
    if (!event.repeat || action === "next" || action === "previous") actions[action]();
  });

  // --- Clicks: the panel instead of another page, where there is room for it

  rows.addEventListener("click", (event) => {
    const link = event.target.closest(".row-link");
    const further = event.target.closest(".row-more a");
    if (further) { event.preventDefault(); more(); return; }
    if (!link || !wide.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link.closest(".row"));
    if (event.detail === 0) panel.focus(); // opened by Enter: on to the comment itself
  });
  panel.addEventListener("submit", (event) => {
    const row = current();
    if (event.target.matches(".note-form")) {
      event.preventDefault();
      addNote(event.target);
      return;
    }
    if (event.target.id === "escalate" && row && event.target.closest(".dossier").dataset.comment === row.dataset.id) {
      event.preventDefault();
      escalate(event.target.elements.note.value, row);
      return;
    }
    const form = event.target.closest("[data-verdict-form]");
    if (!form || !row || form.closest(".dossier").dataset.comment !== row.dataset.id) return;
    const button = event.submitter;
    const reason = form.querySelector("input[name=reason]:checked");
    const note = form.querySelector("[name=note]")?.value || "";
    if (!button || button.formAction.endsWith("/hand-back")) return;
    event.preventDefault();
    if (!mayAct(row)) return;
    if (button.value === "approve") { approve(row); return; }
    const label = reason?.value ? reasons.find((one) => one.code === reason.value)?.label : "";
    act(row, address(row.dataset.id, "/decision"), { verdict: "reject", reason: reason?.value || "", note, version: row.dataset.version }, rejectedFor(label));
  });
  panel.addEventListener("click", (event) => { if (event.target.closest("[data-skip]")) { event.preventDefault(); skip(); } });
  for (const button of document.querySelectorAll("[data-open]")) {
    button.hidden = false;
    button.addEventListener("click", () => document.getElementById(button.dataset.open).showModal());
  }

  // --- Ticks

  const selectionButton = document.querySelector("[data-selection-button]");
  function showSelection() {
    if (!selectionButton) return;
    const ticked = rows.querySelectorAll("input[type=checkbox]:checked").length;
    selectionButton.hidden = !ticked;
    selectionButton.textContent = moderato.tn("Decide on %(num)s ticked", "Decide on %(num)s ticked", ticked);
  }
  rows.addEventListener("change", showSelection);
  showSelection();
})();
