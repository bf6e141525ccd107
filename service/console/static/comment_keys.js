// The keys on a comment's own page: each that is shown beside a button or a link does what that does.
"use strict";

(() => {
  const panel = document.querySelector(".panel-alone");
  const ECHO = 250; // milliseconds in which a press was meant for the page before: nobody reads a comment faster
  const opened = performance.now();

  function act(key) {
    if (key.dataset.act === "note") return panel.querySelector("#note").focus();
    const what = key.closest("button, summary") || key.previousElementSibling;
    if (what.disabled || what.closest("[inert]")) return; // another moderator is deciding
    if (what.matches("summary")) {
      what.parentElement.open = true;
      const field = what.parentElement.querySelector("input:checked, input:not([type=radio])");
      return field.focus();
    }
    what.click();
  }
  const acts = () => [...panel.querySelectorAll("kbd[data-act]")];

  // A number chooses a reason while these are shown, as in the queue.
  function byNumber(event) {
    const choices = panel.querySelector(".reject-menu[open] .reject-choices");
    if (!choices || !/^\d$/.test(event.key)) return false;
    const reasons = [...choices.querySelectorAll("[name=reason]")];
    const reason = event.key === "0" ? reasons.find((one) => one.value === "") : reasons.filter((one) => one.value)[event.key - 1];
    if (!reason) return false;
    reason.checked = true;
    choices.querySelector("button").click();
    return true;
  }
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
    const menu = event.target.closest(".reject-menu[open], .ask-menu[open]");
    if (event.key === "Escape" && (typing || menu)) {
      if (menu) menu.open = false;
      (menu?.querySelector("summary") || document.getElementById("dossier-heading")).focus();
      return event.preventDefault();
    }
    // Without a suggestion, Enter chooses nothing.
    if (event.key === "Enter" && event.target.matches(".reject-choices [name=reason][value='']")) return event.preventDefault();
    if (typing || performance.now() - opened < ECHO) return;
    if (panel.dataset.keys === "yes" && byNumber(event)) return event.preventDefault();
    const key = acts().find((one) => !one.hidden && one.textContent === event.key);
    if (!key) return;
    event.preventDefault();
    act(key);
  });
  moderato.commands.push(() => acts().map((key) => ({ words: key.dataset.words, key: key.textContent, run: () => act(key) })));
})();
