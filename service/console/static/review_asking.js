// What the review page asks before it acts: why a comment is rejected, what a lead should decide; and notes.
"use strict";

(() => {
  const { root, rows, panel, rejectDialog, current, send, load, mayAct, reject, signedOut } = moderato.review;

  const reasons = JSON.parse(root.dataset.reasons);

  function askNote() {
    const menu = panel.querySelector("[data-escalate-menu]");
    if (!menu || !mayAct(current())) return;
    menu.open = true;
    menu.querySelector("input").focus();
  }
  async function addNote(form) {
    const row = current();
    let answer = null, told = {};
    try {
      answer = await send(form.action, { note: form.elements.note.value });
      told = await answer.json();
    } catch {
      // The result is announced below.
    }
    if (answer?.status === 401) return signedOut(moderato.t("You are signed out, so your note was not saved."));
    const why = told.detail || moderato.t("The server did not answer, so your note may not be saved. Try again.");
    moderato.toast(answer?.ok ? told.message : why, { bad: !answer?.ok });
    moderato.say(answer?.ok ? told.message : why);
    if (!answer?.ok || !row || row !== current()) return;
    row.querySelector(".row-link").focus({ preventScroll: true });
    load(row);
  }

  function askReason() {
    if (!mayAct(current())) return;
    const suggested = panel.querySelector("[data-verdict-form]")?.dataset.suggested;
    const list = rejectDialog.querySelector("[data-reason-list]");
    list.replaceChildren(
      ...[...reasons, { code: "", label: moderato.t("No reason given") }].map((reason, index) => {
        const line = document.createElement("li");
        const button = document.createElement("button");
        const number = index === reasons.length ? 0 : index + 1;
        button.type = "button";
        button.className = "button";
        if (number < 10) {
          const key = document.createElement("kbd");
          key.textContent = number;
          button.append(key);
        }
        button.append(` ${reason.label}`);
        if (reason.code && reason.code === suggested) {
          button.classList.add("button-suggested");
          button.autofocus = true;
          if (reason.sentence) {
            const sentence = document.createElement("small");
            sentence.dir = "auto";
            sentence.textContent = reason.sentence;
            button.append(sentence);
          }
        }
        button.addEventListener("click", () => choose(reason));
        line.append(button);
        return line;
      }),
    );
    // Beside the comment, not over it: who rejects can still read it. Without a suggestion, Enter chooses nothing.
    rejectDialog.show();
    (list.querySelector(".button-suggested") || rejectDialog).focus();
  }
  function choose(reason) {
    rejectDialog.close();
    reject(reason.code, reason.code && reason.label);
  }
  const closeRejection = () => {
    rejectDialog.close();
    (current()?.querySelector(".row-link") || rows).focus({ preventScroll: true });
  };
  rejectDialog.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); closeRejection(); });
  document.addEventListener("keydown", (event) => {
    if (!rejectDialog.open) return;
    if (event.key === "Escape") { event.preventDefault(); closeRejection(); return; }
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      const buttons = [...rejectDialog.querySelectorAll("[data-reason-list] button")];
      buttons.at((buttons.indexOf(document.activeElement) + by) % buttons.length).focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !/^\d$/.test(event.key)) return;
    const number = Number(event.key);
    const reason = number === 0 ? { code: "", label: "" } : reasons[number - 1];
    if (!reason) return;
    event.preventDefault();
    choose(reason);
  });

  Object.assign(moderato.review, { reasons, askNote, addNote, askReason });
})();
