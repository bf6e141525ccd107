// The review page at speed: keys, the panel, decisions that do not wait for the server, live counts.
// A decision moves on at once and is sent behind it; when the server refuses, the comment comes back with the reason.
// Nobody decides on what they have not seen: a key or click counts only once the comment stands in the panel.
"use strict";

(() => {
  const root = document.getElementById("review");
  const rows = document.getElementById("rows");
  const panel = document.getElementById("panel");
  const keysDialog = document.getElementById("keys-dialog");
  const rejectDialog = document.getElementById("reject-dialog");
  const canDecide = root.dataset.canDecide === "yes";
  const keys = Object.fromEntries(Object.entries(JSON.parse(root.dataset.keys)).map(([action, key]) => [key, action]));
  const keysOn = Object.keys(keys).length > 0;
  const ARROWS = { ArrowDown: "next", ArrowUp: "previous" };
  const reasons = JSON.parse(root.dataset.reasons);
  const wide = matchMedia("(min-width: 901px)");
  const query = root.dataset.query;
  const PATIENCE = 15000; // milliseconds without an answer after which the moderator sees an error
  const BOUNCE = 250; // a second press within this is the first one's echo: nobody reads a comment faster
  const undoable = []; // { address, row, putBack, until }, the latest last
  let decidedAt = -Infinity;
  let saidSignedOut = false;
  let matching = root.dataset.matching === "" ? null : Number(root.dataset.matching); // null: more than the page counted
  let mine = null; // decisions of this moderator since midnight; null: not known yet
  let decidedHere = 0; // what this page took off the count itself
  let underway = 0; // acts of this page that the server has not answered yet

  const address = (id, tail = "") => root.dataset.comments.replace("ID", id) + tail;
  const all = () => [...rows.querySelectorAll(".row")];
  const current = () => rows.querySelector(".row[data-current]");
  const send = (where, fields = {}) =>
    fetch(where, {
      method: "POST",
      keepalive: true, // a decision outlives the page: closing the window right after it loses nothing
      signal: AbortSignal.timeout(PATIENCE),
      headers: { Accept: "application/json", "X-CSRFToken": moderato.csrf() },
      body: new URLSearchParams({ query, ...fields }),
    });

  // --- The list and the panel

  // `passing` is 1 or -1 where the page goes on by itself: then what another moderator is deciding on is passed by.
  function open(row, { focus = true, passing = 0 } = {}) {
    if (!row) return;
    const before = current();
    if (before !== row) rejectDialog.close();
    if (before && before !== row) delete before.dataset.current;
    row.dataset.current = "";
    if (focus) row.querySelector(".row-link").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    // Coming back to this page, by the back button or a reload, finds the same comment.
    history.replaceState({ ...history.state, current: row.dataset.id }, "");
    if (wide.matches) load(row, passing);
  }
  const shown = () => panel.querySelector(".dossier")?.dataset.comment;
  async function load(row, passing = 0) {
    const id = row.dataset.id;
    panel.setAttribute("aria-busy", "true");
    try {
      const headers = passing && canDecide ? { "X-If-Free": "yes" } : {};
      await htmx.ajax("GET", address(id) + (query ? `?${query}` : ""), { target: panel, swap: "innerHTML", headers });
    } catch {
      // What came of it is seen below, by what stands in the panel.
    }
    const holder = taken.get(id);
    if (holder !== undefined) {
      taken.delete(id);
      return passBy(row, holder, passing);
    }
    if (current() !== row) return;
    panel.removeAttribute("aria-busy");
    panel.scrollTop = 0;
    if (shown() !== id) return couldNotOpen(row);
    row.dataset.version = panel.querySelector(".dossier").dataset.version;
  }
  const taken = new Map(); // by id: who is deciding on a comment that was to be opened, "" where it is decided
  function passBy(row, holder, passing) {
    const following = free(row, passing) || free(row, -passing);
    if (holder) mark(row, holder);
    else row.remove();
    if (current() && current() !== row) return;
    if (following) return open(following, { passing });
    const further = more();
    if (further) return further.then(() => { if (current() === row || !current()) step(passing || 1); });
    delete row.dataset.current;
    panel.removeAttribute("aria-busy");
    const words = moderato.t("Other moderators are deciding on every comment in this list.");
    panel.innerHTML = "";
    moderato.toast(words);
    moderato.say(words);
  }
  // The nearest row that nobody else is deciding on, before or behind this one.
  function free(row, by) {
    let next = row;
    do next = by < 0 ? next.previousElementSibling : next.nextElementSibling;
    while (next && (!next.matches(".row") || next.dataset.held));
    return next;
  }
  function couldNotOpen(row) {
    if (panel.querySelector("[role=alert]")) return; // the server said why
    const why = document.createElement("div");
    why.className = "panel-empty";
    const words = document.createElement("p");
    words.textContent = saidSignedOut ? moderato.t("You are signed out, so this comment could not be opened.") : moderato.t("The server did not answer, so this comment could not be opened.");
    const again = document.createElement("button");
    again.className = "button";
    again.type = "button";
    again.textContent = moderato.t("Try again");
    again.addEventListener("click", () => load(row));
    const both = document.createElement("div");
    both.setAttribute("role", "alert");
    both.append(words, again);
    why.append(both);
    panel.replaceChildren(why);
  }
  function step(by) {
    const list = all();
    if (!list.length) return;
    const here = current();
    const next = here ? free(here, by) : list.find((row) => !row.dataset.held);
    // Who walks on lets go: the others need not wait for a comment that was only looked at.
    if (here && next && canDecide) send(address(here.dataset.id, "/release")).catch(() => {});
    if (next) open(next, { passing: by });
    if (list.indexOf(current()) >= list.length - 4) more();
  }
  let loading = null;
  function more() {
    const last = rows.querySelector(".row-more");
    if (!last || loading) return loading;
    const where = `${root.dataset.rows}?${query ? `${query}&` : ""}after=${encodeURIComponent(last.dataset.more)}&easy=${encodeURIComponent(last.dataset.easy)}`;
    loading = fetch(where, { headers: { "HX-Request": "true" } })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => {
        const known = new Set(all().map((row) => row.dataset.id));
        const holder = document.createElement("template");
        holder.innerHTML = html;
        last.remove();
        for (const row of [...holder.content.children]) if (!known.has(row.dataset.id)) rows.append(row);
        loading = null;
      })
      .catch(() => { loading = null; });
    return loading;
  }
  function showEmpty() {
    document.querySelector("[data-empty]").hidden = all().length > 0;
    if (!all().length) panel.innerHTML = "";
  }
  // What is escalated leaves the queue for the other lane, and is nobody's decision yet.
  function count(by, escalated) {
    if (matching !== null) matching += by;
    decidedHere -= by;
    if (mine !== null && !escalated) showMine(mine - by);
    for (const where of root.querySelectorAll("[data-count]")) add(where, by);
    if (escalated) add(root.querySelector("[data-escalated]"), -by);
  }

  function add(where, by) {
    if (!where || where.textContent.endsWith("+")) return;
    where.textContent = moderato.number(Math.max(0, Number(where.textContent.replace(/\D/g, "")) + by));
  }

  function showMine(amount) {
    mine = amount;
    const where = root.querySelector("[data-today]");
    where.hidden = !mine;
    where.querySelector("b").textContent = moderato.number(mine);
  }

  // --- Decisions

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
    underway += 1;
    try {
      answer = await send(where, fields);
      told = await answer.json();
    } catch {
      answer = null;
    }
    underway -= 1;
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
    if (saidSignedOut && !why) return;
    saidSignedOut = true;
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
    const key = Object.keys(keys).find((name) => keys[name] === "undo");
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
    if (!last) return moderato.toast(underway ? moderato.t("Please wait: the server has not answered yet.") : moderato.t("There is nothing to undo."));
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
    decidedAt = -Infinity; // whoever takes a decision back has seen it: what follows is no echo
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

  // --- What changes meanwhile

  function mark(row, name) {
    const badge = row.querySelector("[data-holder]");
    if (name) row.dataset.held = name;
    else delete row.dataset.held;
    badge.textContent = name ? moderato.t("%(name)s is deciding", { name }) : "";
    badge.hidden = !name;
  }
  function apply(told) {
    for (const where of root.querySelectorAll("[data-count]")) where.textContent = moderato.number(told[where.dataset.count]);
    const scoring = document.querySelector("[data-scoring]");
    if (scoring.hidden !== !told.scoring) moderato.say(told.scoring || moderato.t("Scoring works again."));
    scoring.hidden = !told.scoring;
    scoring.querySelector("p").textContent = told.scoring;
    for (const row of all()) {
      if (told.gone.includes(row.dataset.id)) {
        if (row === current()) {
          const words = moderato.t("Another moderator has decided on this comment.");
          moderato.toast(words, { bad: true });
          moderato.say(words);
          const following = free(row, 1) || free(row, -1);
          row.remove();
          open(following, { passing: 1 });
        } else row.remove();
        continue;
      }
      mark(row, told.holders[row.dataset.id]);
    }
    showEmpty();
    const shown = all().length;
    const fresh = document.querySelector("[data-new]");
    for (const option of document.querySelectorAll(":is(#f-reason, #f-attribute) option[value]:not([value=''])")) {
      const amount = told.reasons[option.value] || 0;
      option.dataset.words ??= option.textContent;
      option.textContent = option.dataset.words + (amount ? ` (${moderato.number(amount)})` : "");
    }
    if (told.mine !== null) showMine(told.mine);
    matching ??= told.matching;
    const arrived = told.matching - matching;
    if (arrived > 0) {
      fresh.hidden = false;
      fresh.textContent = shown ? moderato.tn("%(num)s new: show", "%(num)s new: show", arrived) : moderato.t("Show new comments");
    }
    if (!shown && told.matching && !loading) location.reload();
  }
  document.querySelector("[data-new]").addEventListener("click", () => location.reload());
  let etag = null, pause = 8000;
  async function pulse() {
    const ids = all().map((row) => row.dataset.id).slice(0, 100).join(",");
    const since = new Date(new Date().setHours(0, 0, 0, 0)).toISOString(); // the day of this moderator's own zone
    const where = `${root.dataset.pulse}?${query ? `${query}&` : ""}ids=${ids}${canDecide ? `&since=${since}` : ""}`;
    const before = decidedHere, unanswered = underway;
    let stale = false;
    try {
      const answer = await fetch(where, { headers: { Accept: "application/json", ...(etag ? { "If-None-Match": etag } : {}) }, cache: "no-store" });
      connected(true);
      if (answer.status === 401) {
        signedOut();
        schedule(20000);
        return;
      }
      if (saidSignedOut) return signedInAgain();
      pause = answer.ok || answer.status === 304 ? 8000 : Math.min(pause * 2, 120000);
      // A decision of ours on its way makes the answer older than what is on the screen.
      stale = unanswered > 0 || underway > 0 || before !== decidedHere;
      if (answer.status === 200 && !stale) { etag = answer.headers.get("ETag"); apply(await answer.json()); }
    } catch {
      connected(false);
      pause = Math.min(pause * 2, 30000);
    }
    schedule(stale ? 1000 : pause);
  }
  // Said where the counts stand, since they are old from then on.
  function connected(yes) {
    const notice = document.querySelector("[data-offline]");
    if (notice.hidden === yes) return;
    notice.hidden = yes;
    moderato.say(yes ? moderato.t("The connection is back.") : moderato.t("The server does not answer."));
    const row = current();
    if (yes && row && wide.matches && shown() !== row.dataset.id) load(row);
  }
  addEventListener("online", () => pulse());
  let timer;
  function schedule(milliseconds = pause) {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(pulse, milliseconds * (0.8 + 0.4 * Math.random()));
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : pulse()));
  if (document.hidden) schedule();
  else timer = setTimeout(pulse, 400);
  if (canDecide) {
    setInterval(() => {
      const dossier = panel.querySelector(".dossier[data-mine=yes]");
      if (dossier && !document.hidden) send(address(dossier.dataset.comment, "/claim")).catch(() => {});
    }, 60000);
  }

  // --- A reminder to take a break

  const breakMinutes = Number(root.dataset.breakMinutes);
  if (breakMinutes) {
    const begun = Number(sessionStorage.getItem("moderato-begun")) || Date.now();
    sessionStorage.setItem("moderato-begun", begun);
    const remind = () => {
      sessionStorage.setItem("moderato-begun", Date.now());
      const words = moderato.t("You have worked for %(minutes)s minutes. A short break helps.", { minutes: breakMinutes });
      moderato.toast(words, { seconds: 60 });
      moderato.say(words);
      setTimeout(remind, breakMinutes * 60000);
    };
    setTimeout(remind, Math.max(0, begun + breakMinutes * 60000 - Date.now()));
  }

  const left = all().find((row) => row.dataset.id === history.state?.current) || all().find((row) => !row.dataset.held) || all()[0];
  if (wide.matches && left) open(left, { focus: document.activeElement === document.body, passing: 1 });
})();
