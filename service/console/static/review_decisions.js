// Decisions on the review page that do not wait for the server, and undoing them.
// A decision moves on at once and is sent behind it; when the server refuses, the comment comes back with the reason.
// Nobody decides on what they have not seen: a key or click counts only once the comment stands in the panel.
"use strict";

(() => {
  const { root, rows, panel, canDecide, wide, now, taken, address, all, current, send, open, shown, free, step, more, showEmpty, count, mark } = moderato.review;

  const BOUNCE = 250; // a second press within this is the first one's echo: nobody reads a comment faster
  const undoable = []; // { address, row, putBack, until }, the latest last
  let decidedAt = -Infinity;

  // Take the row out and go on; returns how to put it back.
  function takeOut(row, escalated) {
    const following = free(row, 1) || free(row, -1);
    const anchor = row.nextElementSibling;
    delete row.dataset.current;
    delete row.dataset.failed;
    row.remove();
    count(-1, escalated);
    if (following) open(following, { passing: 1 });
    else { panel.innerHTML = ""; showEmpty(); }
    if (all().length < 8) more()?.then?.(() => { if (!current()) step(1); showEmpty(); });
    return ({ opened = true } = {}) => {
      if (anchor && anchor.parentNode === rows) anchor.before(row);
      else rows.append(row);
      count(1, escalated);
      showEmpty();
      if (opened || !current()) open(row);
    };
  }
  async function act(row, where, fields, said, { escalated = false } = {}) {
    decidedAt = performance.now();
    const putBack = takeOut(row, escalated);
    moderato.say(current() ? moderato.t("%(said)s. Next comment.", { said }) : `${said}.`);
    moderato.toast(said, { seconds: 10 });
    let answer, told = {};
    now.underway += 1;
    try {
      answer = await send(where, fields);
      told = await answer.json();
    } catch {
      answer = null;
    }
    now.underway -= 1;
    if (answer && answer.ok) {
      if (told.undo) offerUndo(told, said, row, putBack);
      else if (told.message) moderato.toast(told.message); // "Approved already; nothing changed."
      return;
    }
    putBack({ opened: false }); // who reads the next one by now is not torn away from it
    row.dataset.failed = "";
    row.querySelector(".row-foot").dataset.failed = moderato.t("not recorded: decide again");
    if (answer && answer.status === 401) return signedOut(moderato.t("You are signed out, so your decision was not recorded."));
    if (answer && answer.status === 403) return refer(told.detail, moderato.t("Reload"), location.href); // of an earlier sign-in
    const why = told.detail || moderato.t("The server did not answer. The comment is back in the list. You can decide again: a decision counts only once.");
    moderato.toast(why, { bad: true, seconds: 30 });
    moderato.say(why);
    if (answer && answer.status === 409 && told.holder) mark(row, told.holder);
  }
  // The page stays as it is, with what was typed: the moderator signs in in another tab, or returns here after signing in.
  function signedOut(why) {
    if (now.isSignedOut && !why) return;
    now.isSignedOut = true;
    refer(why || moderato.t("You are signed out. This page keeps what you typed."), moderato.t("Sign in"), `${root.dataset.signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
  function refer(why, words, where) {
    const link = document.createElement("a");
    link.className = "button button-small";
    link.href = where;
    link.textContent = words;
    moderato.toast(why, { bad: true, seconds: 3600, action: link });
    moderato.say(why);
  }
  // Without this, htmx would leave for the sign-in page and take the note that somebody is writing with it.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (xhr.status === 204 && requestConfig.headers["X-If-Free"]) {
      event.preventDefault();
      const id = all().find((row) => requestConfig.path.startsWith(address(row.dataset.id)))?.dataset.id;
      if (id) taken.set(id, decodeURIComponent(xhr.getResponseHeader("X-Held-By") || ""));
    }
    if (xhr.status !== 401) return;
    event.preventDefault();
    signedOut();
  });
  // The page's forms belong to the sign-in before; what is typed in them is left alone until its owner has saved it.
  function signedInAgain() {
    if (![...panel.querySelectorAll("input[type=text], input:not([type]), textarea")].some((field) => field.value)) return location.reload();
    refer(moderato.t("You are signed in again. Copy what you typed, then reload this page."), moderato.t("Reload"), location.href);
  }
  function offerUndo(told, said, row, putBack) {
    undoable.push({ address: told.undo, row, putBack, until: performance.now() + told.undo_seconds * 1000 });
    const button = document.createElement("button");
    button.className = "button button-small";
    button.type = "button";
    const key = JSON.parse(root.dataset.keys).undo;
    button.textContent = key ? moderato.t("Undo (%(key)s)", { key }) : moderato.t("Undo");
    button.addEventListener("click", undo);
    moderato.toast(said, { seconds: told.undo_seconds, action: button });
  }
  // What a form decided before this page opened, such as many comments at once: its own form undoes it.
  const decidedBefore = document.querySelector("form[data-undo]");
  const undoBeforeUntil = performance.now() + Number(decidedBefore?.dataset.undo || 0) * 1000;
  async function undo() {
    if (!undoable.length && decidedBefore && performance.now() < undoBeforeUntil) return decidedBefore.requestSubmit();
    const last = undoable.pop();
    if (!last) return moderato.toast(now.underway ? moderato.t("Please wait: the server has not answered yet.") : moderato.t("There is nothing to undo."));
    let answer, told = {};
    try {
      answer = await send(last.address);
      told = await answer.json();
    } catch {
      answer ??= null;
    }
    if (!answer?.ok) {
      if (answer?.status === 401) return signedOut(moderato.t("You are signed out, so nothing was undone."));
      if (!answer && performance.now() < last.until) undoable.push(last);
      const why = told.detail || (answer ? moderato.t("The decision could not be undone.") : moderato.t("The server did not answer, so the decision may not be undone. Try again."));
      moderato.toast(why, { bad: true, seconds: 12 });
      return moderato.say(why);
    }
    decidedAt = -Infinity; // nobody presses a key twice to undo: the next press is meant
    last.row.dataset.version = Number(last.row.dataset.version) + 2; // the decision and its undoing each count one
    last.putBack();
    moderato.toast(moderato.t("Undone."));
    moderato.say(moderato.t("Undone."));
  }
  function mayAct(row) {
    if (!row || !canDecide || performance.now() - decidedAt < BOUNCE) return false;
    if (wide.matches && shown() !== row.dataset.id) {
      moderato.toast(moderato.t("This comment is still loading. Read it first, then decide."));
      return false;
    }
    if (row.dataset.held) {
      moderato.toast(moderato.t("%(name)s is deciding on this comment.", { name: row.dataset.held }), { bad: true });
      return false;
    }
    return true;
  }
  const rejectedFor = (label) => (label ? moderato.t("Rejected: %(reason)s", { reason: label }) : moderato.t("Rejected"));
  const approve = (row = current()) =>
    mayAct(row) && act(row, address(row.dataset.id, "/decision"), { verdict: "approve", version: row.dataset.version }, moderato.t("Approved"));
  const reject = (code, label, row = current()) =>
    mayAct(row) &&
    act(row, address(row.dataset.id, "/decision"), { verdict: "reject", reason: code, version: row.dataset.version }, rejectedFor(label));
  const escalate = (note, row = current()) => mayAct(row) && act(row, address(row.dataset.id, "/escalate"), { note }, moderato.t("Escalated"), { escalated: true });
  function skip() {
    const row = current();
    if (!row) return;
    if (canDecide) send(address(row.dataset.id, "/release")).catch(() => {}); // it runs out by itself
    if (!free(row, 1)) {
      moderato.toast(moderato.t("That was the last comment."));
      moderato.say(moderato.t("That was the last comment."));
    }
    step(1);
  }

  Object.assign(moderato.review, { act, mayAct, approve, reject, rejectedFor, escalate, skip, undo, signedOut, signedInAgain });
})();
