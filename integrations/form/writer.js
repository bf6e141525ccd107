// The form: guidance, counter, draft, hint, sending. It is one form that moves under the comment that is answered.

import { h, isDisabled, labelled, setDisabled, spoken } from "./elements.js";
import { hintPanel } from "./hint.js";
import { clean, measure } from "./length.js";
import { explain } from "./server.js";

const HINT_PATIENCE = 800; // milliseconds; then the comment is sent without a hint

/** Return the form. `sent` gets a comment that the server took in; `replyEnded` the id of what is no longer answered. */
export function writer({ t, server, draft, article, language, plain, sent, replyEnded }) {
  let settings = { minimum_length: 50, maximum_length: 10_000, hints: false, guidance: null, closed: false };
  let answered = null; // the comment that is answered: {id, name}
  let hinted = null; // the one hint that this comment got: {id, text}
  let milestone = "few";

  const heading = h("h3", { id: "form-heading" }, t("leaveAComment"));
  const guidance = h("p", { class: "guidance" }, t("guidance"));
  const name = h("input", { id: "name", name: "author", autocomplete: "name", maxlength: 100 });
  const text = h("textarea", { id: "text", name: "text", rows: 6, required: true, "aria-describedby": "at-least" });
  const atLeast = h("span", { id: "at-least" });
  const counter = h("span", { class: "counter" });
  const trap = h("input", { name: "website", tabindex: -1, autocomplete: "off" }); // a person leaves it empty
  const hints = h("div", { class: "hints" });
  const fault = h("p", { class: "fault", role: "alert" });
  const post = h("button", { class: "first", "aria-describedby": "reason" });
  const cancel = h("button", { type: "button", class: "second", hidden: true, on: { click: endReply } }, t("cancelReply"));
  const reason = h("p", { id: "reason", class: "quiet" });
  const buttons = h("div", { class: "buttons" }, post, cancel, reason);
  const live = spoken();
  const element = h(
    "form",
    { class: "writer", novalidate: true, "aria-labelledby": "form-heading", on: { submit } },
    heading,
    guidance,
    labelled(t("name"), name, t("optional")),
    labelled(t("text"), text),
    h("p", { class: "below" }, atLeast, counter),
    h("div", { class: "unseen", "aria-hidden": "true" }, trap),
    hints,
    fault,
    buttons,
    live,
  );
  for (const field of [name, text]) field.addEventListener("input", edited);

  const stored = draft.read() ?? {};
  text.value = plain?.elements.text?.value || stored.text || "";
  name.value = plain?.elements.author?.value || stored.name || "";
  configure({});

  function configure(given) {
    settings = { ...settings, ...given };
    guidance.replaceChildren(settings.closed ? closedSentence() : (settings.guidance ?? t("guidance")));
    // What a reader has written stays in view, to be copied.
    for (const part of [...element.children].slice(2)) part.classList.toggle("away", settings.closed && !text.value);
    atLeast.replaceChildren(t("atLeast", { n: settings.minimum_length }));
    count();
  }

  function edited() {
    closeHint();
    fault.replaceChildren();
    keepDraft();
    count();
  }

  function keepDraft() {
    if (text.value || name.value) draft.write({ text: text.value, name: name.value, parent: answered });
    else draft.remove();
  }

  /** Show the length, and what is missing: read aloud only where it changes what the reader can do. */
  function count() {
    const { minimum_length: minimum, maximum_length: maximum } = settings;
    const { length, isFiller } = measure(clean(text.value), minimum, maximum);
    if (length > 0.9 * maximum) counter.replaceChildren(t("count", { n: length, minimum: maximum }));
    else if (length < minimum) counter.replaceChildren(t("count", { n: length, minimum }));
    else counter.replaceChildren(t("length", { n: length }));

    const [next, sentence] = standing(length, isFiller);
    reason.replaceChildren(next === "enough" ? "" : sentence);
    setReady(next === "enough");
    if (next !== milestone && !(milestone === "half" && next === "few")) live.replaceChildren(sentence);
    milestone = next;
  }

  function closedSentence() {
    if (!settings.closed_until) return t("closed");
    const when = new Date(settings.closed_until).toLocaleString(t.tag, { dateStyle: "long", timeStyle: "short" });
    return t("closedUntil", { when });
  }

  function standing(length, isFiller) {
    const { minimum_length: minimum, maximum_length: maximum } = settings;
    if (settings.closed) return ["closed", closedSentence()];
    if (isFiller) return ["filler", t("filler")];
    if (length > maximum) return ["long", t("tooLong", { n: length - maximum })];
    if (length >= minimum && length > 0) return ["enough", t("enough")];
    if (length === 0) return ["few", t("write")];
    return [2 * length >= minimum ? "half" : "few", t("more", { n: minimum - length })];
  }

  function setReady(isReady) {
    post.replaceChildren(t("post"));
    setDisabled(post, !isReady);
  }

  async function submit(event) {
    event.preventDefault();
    if (isDisabled(post)) {
      live.replaceChildren(reason.textContent);
      text.focus();
      return;
    }
    setBusy(true);
    const written = clean(text.value);
    const hint = await askForHint(written);
    if (hint) {
      setBusy(false);
      openHint(hint, written);
    } else {
      await send(written);
    }
  }

  /** Return what may hurt in the comment, or null; never later than after HINT_PATIENCE. A comment gets one hint at most. */
  async function askForHint(written) {
    if (!settings.hints || hinted) return null;
    try {
      const { hint } = await server.hint({ article: article.id, text: written, language }, HINT_PATIENCE);
      return hint ?? null;
    } catch {
      return null;
    }
  }

  function openHint(hint, written) {
    hinted = { id: hint.id, text: written };
    buttons.hidden = true;
    const panel = hintPanel({
      t,
      text: written,
      words: hint.words ?? [],
      edit() {
        closeHint();
        text.focus();
      },
      sendAnyway() {
        closeHint();
        post.focus();
        setBusy(true);
        send(written);
      },
    });
    hints.replaceChildren(panel);
    panel.focus();
  }

  function closeHint() {
    hints.replaceChildren();
    buttons.hidden = false;
  }

  async function send(written) {
    fault.replaceChildren();
    const author = name.value.trim();
    let answer;
    try {
      answer = await server.send({
        article,
        author: { name: author },
        text: written,
        parent: answered?.id ?? null,
        language,
        website: trap.value,
        hint: hinted && { id: hinted.id, outcome: written === hinted.text ? "sent_anyway" : "edited" },
      });
    } catch (refusal) {
      setBusy(false);
      if (refusal.problem.code === "comments_closed") configure({ closed: true, closed_until: refusal.problem.until });
      if (refusal.problem.minimum) configure({ minimum_length: refusal.problem.minimum });
      fault.replaceChildren(explain(t, refusal));
      return;
    }
    clear();
    sent({ ...answer, text: written, author });
  }

  function clear() {
    text.value = "";
    hinted = null;
    draft.remove();
    setReply(null);
    milestone = "few"; // the empty form needs no sentence of its own after what became of the comment
    setBusy(false);
  }

  function setBusy(isBusy) {
    text.readOnly = isBusy;
    if (isBusy) post.replaceChildren(t("posting"));
    if (isBusy) setDisabled(post, true);
    else count();
  }

  function setReply(comment) {
    answered = comment;
    cancel.hidden = comment === null;
    heading.replaceChildren(comment ? t("replyTo", { name: comment.name }) : t("leaveAComment"));
  }

  function endReply() {
    const { id } = answered;
    setReply(null);
    keepDraft();
    replyEnded(id);
  }

  /** Answer `comment`, or nothing where it is null; what is written stays. */
  function replyTo(comment) {
    setReply(comment);
    keepDraft();
  }

  return { element, configure, replyTo, focus: () => text.focus(), parent: stored.parent ?? null };
}
