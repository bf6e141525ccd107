// <moderato-comments>: comments under an article, and the form to write one. docs/integrators/form.md describes it.
//
// It works in a shadow tree: the page's style sheet cannot break it and its ids meet no others. Font, colour, direction
// and CSS variables of the page still reach it, labels and descriptions stay within one tree, and its style sheet needs no
// exception from the page's content security policy. The plain form for readers without JavaScript gives way to it.

import { h, spoken } from "./elements.js";
import { draftOf, receiptsOf } from "./kept.js";
import { ownComments } from "./own.js";
import { inView, pause } from "./patience.js";
import { openReport } from "./report.js";
import { connect } from "./server.js";
import { sentences } from "./strings.js";
import { sheet } from "./style.js";
import { thread } from "./thread.js";
import { writer } from "./writer.js";

const REFRESH = 30_000; // milliseconds between two looks at the list; twice that after each failure
const LONGEST = 600_000;

class ModeratoComments extends HTMLElement {
  #life = new AbortController();

  connectedCallback() {
    this.#life = new AbortController();
    start(this, this.#life.signal);
  }

  disconnectedCallback() {
    this.#life.abort();
  }
}

async function start(host, signal) {
  await parsed(signal);
  const fault = faultOf(host);
  if (fault) {
    console.error(`<moderato-comments>: ${fault} The form is not shown.`, host);
    return;
  }
  const tag = host.closest("[lang]")?.lang || document.documentElement.lang || "en";
  const t = await sentences(tag, ownSentences(host));
  if (signal.aborted) return;

  const article = host.getAttribute("article");
  const language = tag.split("-")[0].toLowerCase();
  const server = connect(host.getAttribute("comments"), signal);
  const live = spoken();
  const announce = (sentence) => live.replaceChildren(sentence);
  const tell = (name, detail) => host.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));

  const form = writer({
    t,
    server,
    language,
    draft: draftOf(article),
    plain: host.querySelector("form"),
    article: {
      id: article,
      title: host.getAttribute("article-title") ?? undefined,
      url: pageAddress(host.getAttribute("article-url")) ?? undefined,
    },
    sent(comment) {
      home.append(form.element);
      tell("moderato-sent", { id: comment.id, receipt: comment.receipt, status: comment.status });
      own.add(comment);
    },
    replyEnded(id) {
      home.append(form.element);
      list.focusReply(id);
    },
  });
  const own = ownComments({
    t,
    server,
    signal,
    announce,
    receipts: receiptsOf(article),
    changed({ id, status }) {
      tell("moderato-status", { id, status });
      if (status === "approved") refresh();
    },
  });
  const list = thread({
    t,
    reply(comment) {
      answer(comment);
      form.focus();
    },
    report: (comment, button) => openReport({ t, server, comment, kinds: settings.reports, button }),
    lost() {
      const hadFocus = form.element.contains(root.activeElement);
      home.append(form.element);
      form.replyTo(null);
      if (hadFocus) form.focus();
    },
    more: () => refresh(pages + 1),
    again: () => refresh(),
  });

  const home = h("div", {}, form.element);
  const heading = h("h2", { id: "heading" }, t("published"));
  const whole = h("section", { lang: t.tag, dir: t.dir, "aria-labelledby": "heading" }, heading, home, own.element, list.element, live);
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.replaceChildren(whole);
  host.querySelector("form")?.remove();

  let settings = { reports: [] };
  let pages = 1;
  let shown = "";

  function answer(comment) {
    list.place(form.element, comment.id);
    form.replyTo(comment);
  }

  /** Show the published comments as they are now, as many pages as are open; return whether that worked. */
  async function refresh(wanted = pages) {
    try {
      const answers = [];
      let after = null;
      do {
        answers.push(await server.published(article, after));
        after = answers.at(-1).next;
      } while (after !== null && answers.length < wanted);
      pages = answers.length;
      show(answers);
      list.setFailed(false);
      return true;
    } catch {
      if (shown === "" || wanted > pages) list.setFailed(true);
      return false;
    }
  }

  function show(answers) {
    const now = JSON.stringify(answers);
    if (now === shown) return;
    const isFirst = shown === "";
    shown = now;
    settings = answers[0];
    form.configure(settings);
    heading.replaceChildren(settings.count > 0 ? t("comments", { n: settings.count }) : t("published"));
    const comments = answers.flatMap((answer) => answer.comments);
    list.show(comments, { own: own.ids(), hasReports: settings.reports.length > 0, hasMore: answers.at(-1).next !== null });
    own.setListed(new Set(comments.map((comment) => comment.id)));
    if (isFirst && list.has(form.parent?.id)) answer(form.parent);
  }

  let gap = REFRESH;
  do {
    gap = (await refresh()) ? REFRESH : Math.min(2 * gap, LONGEST);
  } while ((await pause(gap, signal)) && (await inView(signal)));
}

/** Return what the page's author has left out, without which no comment can be sent; null where nothing is missing. */
function faultOf(host) {
  const missing = ["comments", "article"].filter((name) => !host.getAttribute(name));
  if (missing.length > 0) return `the attribute ${missing.join(" and the attribute ")} is missing.`;
  return pageAddress(host.getAttribute("comments")) ? null : "the attribute comments is no address.";
}

/** Return an address as the page means it, null where it is none that a reader could open. */
function pageAddress(address) {
  if (!address || !URL.canParse(address, document.baseURI)) return null;
  const { protocol, href } = new URL(address, document.baseURI);
  return /^https?:$/.test(protocol) ? href : null;
}

/** Wait for the end of the page: what stands between the component's tags may not have arrived yet. */
function parsed(signal) {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true, signal }));
}

/** Return the site's own sentences, from a JSON script between the component's tags. */
function ownSentences(host) {
  const script = host.querySelector("script[type='application/json']");
  try {
    return script ? usable(JSON.parse(script.textContent)) : {};
  } catch (error) {
    console.warn("<moderato-comments>: its JSON could not be read, so its own sentences are used.", error);
    return {};
  }
}

/** Return the sentences that are texts, or texts for plural forms; the console names the others. */
function usable(given) {
  const isText = (value) => typeof value === "string";
  const isPlural = (value) => isText(value?.other) && Object.values(value).every(isText);
  const all = given !== null && typeof given === "object" ? Object.entries(given) : [["the JSON", given]];
  const wrong = all.filter(([, value]) => !isText(value) && !isPlural(value)).map(([name]) => name);
  if (wrong.length > 0) {
    console.warn(`<moderato-comments>: its own sentences are used for what is no text: ${wrong.join(", ")}.`);
  }
  return Object.fromEntries(all.filter(([name]) => !wrong.includes(name)));
}

// Where these are missing, the plain form stays. Without Intl.Segmenter length.js has already ended the loading.
if (AbortSignal.any && CSS.supports("color", "light-dark(#000, #fff)")) {
  customElements.define("moderato-comments", ModeratoComments);
}
