// Tells a moderator who is about to decide against most precedents what the others decided: one quiet line under the
// buttons, once for each comment. It asks nothing and stops nothing.
"use strict";

(() => {
  const APPROVING = "[data-verdict-form] button[value=approve]";
  const REJECTING = "[data-verdict-form] :is(summary.button-bad, button[value=reject]), #reject-dialog";

  function mention(status) {
    const dossier = document.querySelector(".dossier");
    const most = dossier?.querySelector("[data-precedents]");
    const form = dossier?.querySelector("[data-verdict-form]");
    if (!most || !form || most.dataset.precedents === status || form.querySelector(".precedent-note")) return;
    const note = document.createElement("p");
    note.className = "precedent-note muted small";
    note.textContent = most.dataset.words;
    form.append(note);
    moderato.say(most.dataset.words);
  }
  function look({ target }) {
    if (target.closest?.(APPROVING)) mention("approved");
    else if (target.closest?.(REJECTING)) mention("rejected");
  }
  document.addEventListener("pointerover", look);
  document.addEventListener("focusin", look);
})();
