// The review page at speed: keys, the panel, decisions that do not wait for the server, live counts.
// A decision moves on at once and is sent behind it; when the server refuses, the comment comes back with the reason.
"use strict";

(() => {
  const root = document.getElementById("review");
  const rows = document.getElementById("rows");
  const panel = document.getElementById("panel");
  const keysDialog = document.getElementById("keys-dialog");
  const rejectDialog = document.getElementById("reject-dialog");
  const canDecide = root.dataset.canDecide === "yes";
  const keys = Object.fromEntries(Object.entries(JSON.parse(root.dataset.keys)).map(([action, key]) => [key, action]));
  const reasons = JSON.parse(root.dataset.reasons);
  const wide = matchMedia("(min-width: 901px)");
  const query = root.dataset.query;
  let lastUndo = null; // { address, row, putBack }
  let matching = root.dataset.matching === "" ? null : Number(root.dataset.matching); // null: more than the page counted
  let decidedHere = 0; // what this page took off the count itself
  let underway = 0; // acts of this page that the server has not answered yet

  const address = (id, tail = "") => root.dataset.comments.replace("ID", id) + tail;
  const all = () => [...rows.querySelectorAll(".row")];
  const current = () => rows.querySelector(".row[data-current]");
  const send = (where, fields = {}) =>
    fetch(where, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": moderato.csrf() },
      body: new URLSearchParams({ query, ...fields }),
    });

  // --- The list and the panel

  function open(row, { focus = true } = {}) {
    if (!row) return;
    const before = current();
    if (before && before !== row) delete before.dataset.current;
    row.dataset.current = "";
    if (focus) row.querySelector(".row-link").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    if (wide.matches) load(row);
  }
  async function load(row) {
    const id = row.dataset.id;
    panel.setAttribute("aria-busy", "true");
    await htmx.ajax("GET", address(id) + (query ? `?${query}` : ""), { target: panel, swap: "innerHTML" });
    panel.removeAttribute("aria-busy");
    if (current() !== row) return;
    panel.scrollTop = 0;
    const dossier = panel.querySelector(".dossier");
    if (dossier) row.dataset.version = dossier.dataset.version;
    for (const hidden of panel.querySelectorAll("[data-skip]")) hidden.hidden = false;
  }
  function step(by) {
    const list = all();
    if (!list.length) return;
    const at = list.indexOf(current());
    open(list[Math.min(list.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
    if (at + by >= list.length - 4) more();
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
  function count(by) {
    if (matching !== null) matching += by;
    decidedHere -= by;
    for (const where of root.querySelectorAll("[data-count]")) {
      if (where.textContent.endsWith("+")) continue;
      where.textContent = Math.max(0, Number(where.textContent.replace(/\D/g, "")) + by).toLocaleString("en-US");
    }
  }

  // --- Decisions

  // Take the row out and go on; returns how to put it back.
  function takeOut(row) {
    const list = all();
    const at = list.indexOf(row);
    const following = list[at + 1] || list[at - 1] || null;
    const anchor = row.nextElementSibling;
    delete row.dataset.current;
    row.remove();
    count(-1);
    if (following) open(following);
    else showEmpty();
    if (all().length < 8) more()?.then?.(() => { if (!current() && all().length) open(all()[0]); showEmpty(); });
    return () => {
      if (anchor && anchor.parentNode === rows) anchor.before(row);
      else rows.append(row);
      count(1);
      showEmpty();
      open(row);
    };
  }
  async function act(row, where, fields, said) {
    const putBack = takeOut(row);
    moderato.say(`${said}.${current() ? " Next comment." : ""}`);
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
      return;
    }
    if (answer && answer.status === 401) { location.reload(); return; }
    putBack();
    const why = told.detail || "The server did not answer; nothing was decided.";
    moderato.toast(why, { bad: true, seconds: 12 });
    moderato.say(why);
    if (answer && answer.status === 409 && told.holder) mark(row, told.holder);
  }
  function offerUndo(told, said, row, putBack) {
    lastUndo = { address: told.undo, row, putBack };
    const button = document.createElement("button");
    button.className = "button button-small";
    button.type = "button";
    const key = Object.keys(keys).find((name) => keys[name] === "undo");
    button.textContent = key ? `Undo (${key})` : "Undo";
    button.addEventListener("click", undo);
    moderato.toast(said, { seconds: told.undo_seconds, action: button });
  }
  async function undo() {
    const last = lastUndo;
    if (!last) return moderato.toast("There is nothing to undo.");
    lastUndo = null;
    const answer = await send(last.address);
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      moderato.toast(told.detail || "That could not be undone.", { bad: true, seconds: 12 });
      return moderato.say(told.detail || "");
    }
    last.row.dataset.version = Number(last.row.dataset.version) + 2; // the decision and its undoing each count one
    last.putBack();
    moderato.toast("Undone.");
    moderato.say("Undone.");
  }
  function mayAct(row) {
    if (!row || !canDecide) return false;
    if (row.dataset.held) {
      moderato.toast(`${row.dataset.held} is deciding on this comment.`, { bad: true });
      return false;
    }
    return true;
  }
  const approve = (row = current()) =>
    mayAct(row) && act(row, address(row.dataset.id, "/decision"), { verdict: "approve", version: row.dataset.version }, "Approved");
  const reject = (code, label, row = current()) =>
    mayAct(row) &&
    act(row, address(row.dataset.id, "/decision"), { verdict: "reject", reason: code, version: row.dataset.version }, label ? `Rejected: ${label}` : "Rejected");
  const escalate = (row = current()) => mayAct(row) && act(row, address(row.dataset.id, "/escalate"), {}, "Escalated");
  function skip() {
    const row = current();
    if (!row) return;
    if (canDecide) send(address(row.dataset.id, "/release"));
    const list = all();
    if (list.indexOf(row) === list.length - 1) moderato.say("That was the last one.");
    step(1);
  }

  function askReason() {
    if (!mayAct(current())) return;
    const list = rejectDialog.querySelector("[data-reason-list]");
    list.replaceChildren(
      ...[...reasons, { code: "", label: "No reason given" }].map((reason, index) => {
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
        button.addEventListener("click", () => choose(reason));
        line.append(button);
        return line;
      }),
    );
    rejectDialog.showModal();
  }
  function choose(reason) {
    rejectDialog.close();
    reject(reason.code, reason.code && reason.label);
  }
  rejectDialog.addEventListener("keydown", (event) => {
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
    escalate: () => escalate(),
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
      if (event.key === "Escape") { typing.blur(); (current()?.querySelector(".row-link") || rows).focus(); }
      return;
    }
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    actions[action]();
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
    const form = event.target.closest("[data-verdict-form]");
    const row = current();
    if (!form || !row || form.closest(".dossier").dataset.comment !== row.dataset.id) return;
    const button = event.submitter;
    const reason = form.querySelector("input[name=reason]:checked");
    const note = form.querySelector("[name=note]")?.value || "";
    if (!button || button.formAction.endsWith("/hand-back")) return;
    event.preventDefault();
    if ("escalate" in button.dataset) { escalate(row); return; }
    if (button.value === "approve") { approve(row); return; }
    const label = reason?.value ? reasons.find((one) => one.code === reason.value)?.label : "";
    act(row, address(row.dataset.id, "/decision"), { verdict: "reject", reason: reason?.value || "", note, version: row.dataset.version }, label ? `Rejected: ${label}` : "Rejected");
  });
  panel.addEventListener("click", (event) => { if (event.target.closest("[data-skip]")) skip(); });
  for (const button of document.querySelectorAll("[data-open]")) {
    button.hidden = false;
    button.addEventListener("click", () => document.getElementById(button.dataset.open).showModal());
  }

  // --- Ticks

  const selectionButton = document.querySelector("[data-selection-button]");
  function showSelection() {
    if (!selectionButton) return;
    const ticked = rows.querySelectorAll("input[type=checkbox]:checked").length;
    selectionButton.disabled = !ticked;
    selectionButton.textContent = ticked ? `Decide on ${ticked} ticked` : "Decide on the ticked";
  }
  rows.addEventListener("change", showSelection);
  showSelection();

  // --- What changes meanwhile

  function mark(row, name) {
    const badge = row.querySelector("[data-holder]");
    if (name) row.dataset.held = name;
    else delete row.dataset.held;
    badge.textContent = name ? `${name} is deciding` : "";
    badge.hidden = !name;
  }
  function apply(told) {
    for (const where of root.querySelectorAll("[data-count]")) where.textContent = told[where.dataset.count].toLocaleString("en-US");
    for (const row of all()) {
      if (told.gone.includes(row.dataset.id)) {
        if (row === current()) {
          moderato.toast("Somebody else decided on this comment meanwhile.", { bad: true });
          moderato.say("Somebody else decided on this comment meanwhile.");
          const list = all();
          const following = list[list.indexOf(row) + 1] || null;
          row.remove();
          open(following);
        } else row.remove();
        continue;
      }
      mark(row, told.holders[row.dataset.id]);
    }
    showEmpty();
    const shown = all().length;
    const fresh = document.querySelector("[data-new]");
    for (const option of document.querySelectorAll("#f-reason option[value]:not([value=''])")) {
      const amount = told.reasons[option.value] || 0;
      option.textContent = option.value.replaceAll("_", " ") + (amount ? ` (${amount.toLocaleString("en-US")})` : "");
    }
    matching ??= told.matching;
    const arrived = told.matching - matching;
    if (arrived > 0) {
      fresh.hidden = false;
      fresh.textContent = shown ? `${arrived} new: show` : "New comments wait: show";
    }
    if (!shown && told.matching && !loading) location.reload();
  }
  document.querySelector("[data-new]").addEventListener("click", () => location.reload());
  let etag = null, pause = 8000;
  async function pulse() {
    const ids = all().map((row) => row.dataset.id).slice(0, 100).join(",");
    const where = `${root.dataset.pulse}?${query ? `${query}&` : ""}ids=${ids}`;
    const before = decidedHere, unanswered = underway;
    let stale = false;
    try {
      const answer = await fetch(where, { headers: { Accept: "application/json", ...(etag ? { "If-None-Match": etag } : {}) }, cache: "no-store" });
      if (answer.status === 401) { location.reload(); return; }
      pause = answer.ok || answer.status === 304 ? 8000 : Math.min(pause * 2, 120000);
      // A decision of ours on its way makes the answer older than what is on the screen.
      stale = unanswered > 0 || underway > 0 || before !== decidedHere;
      if (answer.status === 200 && !stale) { etag = answer.headers.get("ETag"); apply(await answer.json()); }
    } catch {
      pause = Math.min(pause * 2, 120000);
    }
    schedule(stale ? 1000 : pause);
  }
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
      if (dossier && !document.hidden) send(address(dossier.dataset.comment, "/claim"));
    }, 60000);
  }

  // --- A reminder to take a break

  const breakMinutes = Number(root.dataset.breakMinutes);
  if (breakMinutes) {
    const begun = Number(sessionStorage.getItem("moderato-begun")) || Date.now();
    sessionStorage.setItem("moderato-begun", begun);
    const remind = () => {
      sessionStorage.setItem("moderato-begun", Date.now());
      moderato.toast(`You have worked for ${breakMinutes} minutes. A short break helps.`, { seconds: 60 });
      moderato.say(`You have worked for ${breakMinutes} minutes. A short break helps.`);
      setTimeout(remind, breakMinutes * 60000);
    };
    setTimeout(remind, Math.max(0, begun + breakMinutes * 60000 - Date.now()));
  }

  if (wide.matches && all().length) open(all()[0], { focus: document.activeElement === document.body });
})();
