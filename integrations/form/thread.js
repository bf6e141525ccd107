// The published comments: threaded, oldest first, changed in place so that a reader keeps the place and the focus.

import { h } from "./elements.js";

const DEEPEST = 3; // levels of indentation that fit a phone; replies below them name whom they answer instead

/** Return the list. `lost` is called before a comment goes away under which the form is. */
export function thread({ t, reply, report, lost, more, again }) {
  const nodes = new Map(); // what is shown of each comment, by its id
  const top = h("ol", { class: "thread" });
  const empty = h("p", { class: "quiet", hidden: true }, t("noComments"));
  const moreButton = h("button", { type: "button", class: "second", hidden: true, on: { click: showMore } }, t("showMore"));
  const retry = h("button", { type: "button", class: "second", on: { click: again } }, t("tryAgain"));
  const failed = h("div", { role: "alert", class: "failed", hidden: true });
  const element = h("div", { class: "published" }, empty, top, failed, moreButton);

  function show(comments, { own, hasReports, hasMore }) {
    empty.hidden = comments.length > 0;
    moreButton.hidden = !hasMore;
    const byId = new Map(comments.map((comment) => [comment.id, comment]));
    for (const [id, node] of nodes) {
      if (!byId.has(id)) remove(id, node);
    }
    const placed = new Map(); // by id; a comment comes after the one that it answers
    const lists = new Map(); // what each list shows, in its order
    for (const comment of comments) {
      const node = nodes.get(comment.id) ?? add(comment, hasReports);
      if (node.text.textContent !== comment.text) node.text.textContent = comment.text; // new, or edited
      const parent = placed.get(comment.parent);
      node.depth = parent ? parent.depth + 1 : 0;
      node.list = !parent ? top : parent.depth < DEEPEST ? parent.replies : parent.list;
      node.setOwn(own.has(comment.id));
      node.setAnswered(node.depth > DEEPEST ? nameOf(byId.get(comment.parent)) : null);
      placed.set(comment.id, node);
      lists.set(node.list, lists.get(node.list) ?? []);
      lists.get(node.list).push(node.element);
    }
    for (const [list, items] of lists) arrange(list, items);
  }

  async function showMore() {
    const known = new Set(nodes.keys());
    await more();
    const [, first] = [...nodes].find(([id]) => !known.has(id)) ?? [];
    first?.article.focus();
  }

  function add(comment, hasReports) {
    const node = shownComment(comment, hasReports);
    nodes.set(comment.id, node);
    return node;
  }

  function remove(id, node) {
    nodes.delete(id);
    if (node.article.querySelector("form")) lost();
    top.append(...node.replies.children); // moved to where they belong, or removed, right after
    node.element.remove();
  }

  /** Put the comments into their order, moving only those that are elsewhere: a moved field loses its focus. */
  function arrange(list, items) {
    let next = list.firstElementChild;
    for (const item of items) {
      if (item === next) next = next.nextElementSibling;
      else list.insertBefore(item, next);
    }
  }

  function shownComment(comment, hasReports) {
    const name = nameOf(comment);
    const answered = h("span", { class: "note" });
    const badge = h("span", { class: "badge", hidden: true }, t("you"));
    const replyButton = action(t("reply"), name, () => reply({ id: comment.id, name }));
    const reportButton = action(t("report"), name, () => report(comment, reportButton));
    const text = h("p", { class: "text", dir: "auto" });
    const place = h("div");
    const replies = h("ol", { class: "replies" });
    const time = h("time", { datetime: comment.created_at }, t.date(new Date(comment.created_at)));
    const article = h(
      "article",
      { tabindex: -1 },
      h("header", {}, h("b", {}, h("bdi", {}, name)), answered, badge, time),
      text,
      h("footer", {}, replyButton, hasReports && reportButton),
      place,
    );
    return {
      element: h("li", {}, article, replies),
      article,
      text,
      replies,
      place,
      replyButton,
      setOwn: (isOwn) => (badge.hidden = !isOwn),
      setAnswered: (whom) => answered.replaceChildren(whom === null ? "" : t("inReplyTo", { name: whom })),
    };
  }

  /** Return a button whose name says to screen readers whose comment it is about. */
  function action(label, name, click) {
    return h("button", { type: "button", class: "link", "aria-label": `${label}: ${name}`, on: { click } }, label);
  }

  function nameOf(comment) {
    return comment.author || t("anonymous");
  }

  return {
    element,
    show,
    has: (id) => nodes.has(id),
    place: (form, id) => nodes.get(id)?.place.append(form),
    focusReply: (id) => nodes.get(id)?.replyButton.focus(),
    setFailed(isFailed) {
      failed.replaceChildren(...(isFailed ? [h("p", {}, t("listFailed")), retry] : []));
      failed.hidden = !isFailed;
    },
  };
}
