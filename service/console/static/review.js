// The review page at speed: the list of held comments, the panel beside it, and the counts above.
// What the other scripts of this page share is in `moderato.review`.
"use strict";

(() => {
  const root = document.getElementById("review");
  const rows = document.getElementById("rows");
  const panel = document.getElementById("panel");
  const rejectDialog = document.getElementById("reject-dialog");
  const canDecide = root.dataset.canDecide === "yes";
  const wide = matchMedia("(min-width: 901px)");
  const query = root.dataset.query;
  const PATIENCE = 15000; // milliseconds without an answer after which the moderator sees an error
  const now = {
    isSignedOut: false, // and has been told so
    matching: root.dataset.matching === "" ? null : Number(root.dataset.matching), // null: more than the page counted
    mine: null, // decisions of this moderator since midnight; null: not known yet
    decidedHere: 0, // what this page took off the count itself
    underway: 0, // acts of this page that the server has not answered yet
    loading: null, // more rows on their way
  };

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
    words.textContent = now.isSignedOut ? moderato.t("You are signed out, so this comment could not be opened.") : moderato.t("The server did not answer, so this comment could not be opened.");
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
  function more() {
    const last = rows.querySelector(".row-more");
    if (!last || now.loading) return now.loading;
    const where = `${root.dataset.rows}?${query ? `${query}&` : ""}after=${encodeURIComponent(last.dataset.more)}&easy=${encodeURIComponent(last.dataset.easy)}`;
    now.loading = fetch(where, { headers: { "HX-Request": "true" } })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => {
        const known = new Set(all().map((row) => row.dataset.id));
        const holder = document.createElement("template");
        holder.innerHTML = html;
        last.remove();
        for (const row of [...holder.content.children]) if (!known.has(row.dataset.id)) rows.append(row);
        now.loading = null;
      })
      .catch(() => { now.loading = null; });
    return now.loading;
  }
  function showEmpty() {
    document.querySelector("[data-empty]").hidden = all().length > 0;
    if (!all().length) panel.innerHTML = "";
  }
  // What is escalated leaves the queue for the other lane, and is nobody's decision yet.
  function count(by, escalated) {
    if (now.matching !== null) now.matching += by;
    now.decidedHere -= by;
    if (now.mine !== null && !escalated) showMine(now.mine - by);
    for (const name of ["total", "matching"]) add(counter(name), by);
    if (escalated) add(counter("escalated"), -by);
    else if (root.dataset.lane === "escalated") add(counter("escalated"), by);
  }

  const counter = (name) => root.querySelector(`[data-count="${name}"]`);
  function add(where, by) {
    if (!where || where.textContent.endsWith("+")) return;
    where.textContent = moderato.number(Math.max(0, Number(where.textContent.replace(/\D/g, "")) + by));
  }

  function showMine(amount) {
    now.mine = amount;
    const where = root.querySelector("[data-today]");
    where.hidden = !now.mine;
    where.querySelector("b").textContent = moderato.number(now.mine);
  }

  function mark(row, name) {
    const badge = row.querySelector("[data-holder]");
    if (name) row.dataset.held = name;
    else delete row.dataset.held;
    badge.textContent = name ? moderato.t("%(name)s is deciding", { name }) : "";
    badge.hidden = !name;
  }

  moderato.review = {
    root, rows, panel, rejectDialog, canDecide, wide, query, now, taken, address, all, current, send,
    open, shown, load, free, step, more, showEmpty, count, showMine, mark,
  };
})();
