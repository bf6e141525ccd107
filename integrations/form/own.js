// The reader's own comments and what became of them, until the tab is closed.
//
// The server is asked by long poll: a change shows at once, and while nothing changes the questions become rare.

import { openDialog } from "./dialog.js";
import { h, labelled } from "./elements.js";
import { inView, pause } from "./patience.js";

const WAIT = 10; // seconds that the server may wait for a change before it answers
const WAITING = 2; // comments asked about like that: a browser opens six connections to one server at most
const SHORTEST = 500; // milliseconds between an answer and the next question; doubled while nothing changes
const LONGEST = 30_000; // also where the server does not wait as long as it was asked to
const KEPT = 20; // comments
const APPEALS = { open: "appealOpen", upheld: "appealUpheld", overturned: "appealOverturned" };
const STORED = ["receipt", "id", "status", "message", "appeal", "text", "author"];

/** Return the list. `changed` gets each comment whose status is new; `announce` reads a sentence aloud. */
export function ownComments({ t, server, signal, announce, receipts, changed }) {
  const list = h("ol");
  const element = h(
    "section",
    { class: "own", "aria-labelledby": "own-heading", hidden: true },
    h("h3", { id: "own-heading" }, t("yourComments")),
    list,
  );
  const entries = (receipts.read() ?? []).map((stored) => ({ ...stored, isNew: false }));
  let listed = new Set();
  for (const entry of entries.toReversed()) include(entry);
  show();

  /** Show a comment that was just sent, and move the focus to what became of it. */
  function add(comment) {
    const entry = { message: null, appeal: null, ...comment, isNew: true };
    entries.unshift(entry);
    for (const old of entries.splice(KEPT)) old.item.remove();
    include(entry);
    show();
    save();
    entry.state.focus();
    if (entry.status === "approved") changed(entry);
  }

  function include(entry) {
    entry.state = h("p", { class: "state", tabindex: -1 });
    entry.reason = h("p");
    entry.quote = h("p", { class: "text", dir: "auto" }, entry.text);
    entry.appealState = h("p");
    entry.button = h("button", { type: "button", class: "second", on: { click: () => appeal(entry) } }, t("appeal"));
    entry.item = h("li", {}, entry.state, entry.reason, entry.quote, entry.appealState, entry.button);
    list.prepend(entry.item);
    watch(entry);
  }

  /** Show every entry; one that is among the published comments needs no second copy of its text. */
  function show() {
    for (const entry of entries) {
      const isListed = listed.has(entry.id);
      const [first, second] = sentencesOf(entry);
      entry.state.replaceChildren(first);
      entry.reason.replaceChildren(second);
      entry.appealState.replaceChildren(entry.appeal in APPEALS ? t(APPEALS[entry.appeal]) : "");
      entry.item.dataset.status = entry.status;
      entry.quote.hidden = isListed;
      entry.button.hidden = entry.appeal !== "possible";
      entry.item.hidden = isListed && !entry.isNew;
    }
    element.hidden = entries.every((entry) => entry.item.hidden);
  }

  function sentencesOf({ status, message }) {
    if (status === "rejected") return [t("rejected"), message ?? ""];
    return [message ?? t(status), ""];
  }

  function save() {
    receipts.write(entries.map((entry) => Object.fromEntries(STORED.map((name) => [name, entry[name]]))));
  }

  async function watch(entry) {
    let gap = SHORTEST;
    do {
      try {
        const answer = await server.receipt(entry.receipt, waitFor(entry), entry.status);
        gap = update(entry, answer) ? SHORTEST : 2 * gap;
      } catch (refusal) {
        if (refusal.status === 404) return forget(entry);
        gap = Math.max(2 * gap, 1000 * (refusal.retryAfter ?? 0));
      }
      gap = Math.min(gap, LONGEST);
    } while (isOpen(entry) && entries.includes(entry) && (await pause(gap, signal)) && (await inView(signal)));
  }

  function waitFor(entry) {
    return isOpen(entry) && entries.indexOf(entry) < WAITING ? WAIT : 0;
  }

  /** Take over what the server says; return whether that is new. */
  function update(entry, { status, message = null, appeal = null }) {
    if (status === entry.status && message === entry.message && appeal === entry.appeal) return false;
    const isNewStatus = status !== entry.status;
    Object.assign(entry, { status, message, appeal });
    if (isNewStatus) entry.isNew = true;
    show();
    save();
    announce([...sentencesOf(entry), entry.appealState.textContent].filter(Boolean).join(" "));
    if (isNewStatus) changed(entry);
    return true;
  }

  /** The server does not know the receipt any more: the comment is erased, and the browser forgets it too. */
  function forget(entry) {
    entries.splice(entries.indexOf(entry), 1);
    entry.item.remove();
    show();
    save();
  }

  function appeal(entry) {
    const text = h("textarea", { id: "appeal-text", name: "text", rows: 5, required: true, maxlength: 2000 });
    openDialog({
      t,
      button: entry.button,
      heading: t("appeal"),
      fields: [h("p", {}, t("appealAbout")), labelled(t("appealText"), text)],
      send: (given) => server.appeal(entry.receipt, given.get("text")),
      done({ appeal: state }) {
        update(entry, { status: entry.status, message: entry.message, appeal: state });
        entry.state.focus();
        watch(entry);
      },
    });
  }

  return {
    element,
    add,
    ids: () => new Set(entries.map((entry) => entry.id)),
    setListed(ids) {
      listed = ids;
      show();
    },
  };
}

const isOpen = ({ status, appeal }) => status === "pending" || status === "held" || appeal === "open";
