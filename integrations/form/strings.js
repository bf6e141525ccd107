// The component's sentences: in the reader's language, with the site's own where it has some.
//
// A sentence is a text, or one text for each plural form that its language has ({one, few, many, other}: Intl.PluralRules);
// {name} is replaced by a value. Languages are loaded when they are needed, each from a file beside this one.

import english from "./strings-en.js";

export const LANGUAGES = ["en", "es", "fr", "de", "hi"];

/**
 * Return the sentences for a BCP 47 tag such as "de-AT". A language that the component does not know is English, unless
 * the site has sentences of its own: then numbers and dates follow the tag all the same. English is written from left to
 * right also in a page that is not.
 */
export async function sentences(tag, own = {}) {
  const language = tag.toLowerCase().split("-")[0];
  const isKnown = LANGUAGES.includes(language);
  const known = isKnown ? await load(language) : english;
  const isOwn = Object.keys(own).some((name) => name in english);
  const isFollowed = isKnown || isOwn;
  return say({ ...english, ...known, ...own }, isFollowed && isTag(tag) ? tag : "en", isFollowed ? null : "ltr");
}

async function load(language) {
  try {
    return (await import(`./strings-${language}.js`)).default;
  } catch {
    return english; // A form in English is better than none.
  }
}

function say(texts, tag, dir) {
  const plural = new Intl.PluralRules(tag);
  const number = new Intl.NumberFormat(tag);
  const list = new Intl.ListFormat(tag);
  const date = new Intl.DateTimeFormat(tag, { dateStyle: "long", timeStyle: "short" });

  /** Return the sentence `name`; `values.n` chooses the plural form. */
  function t(name, values = {}) {
    const text = texts[name];
    const chosen = typeof text === "string" ? text : (text[plural.select(values.n)] ?? text.other);
    return chosen.replace(/\{(\w+)\}/g, (all, key) => {
      const value = values[key] ?? all;
      return typeof value === "number" ? number.format(value) : value;
    });
  }
  t.tag = tag;
  t.dir = dir;
  t.has = (name) => name in texts;
  t.list = (parts) => list.format(parts);
  t.date = (when) => date.format(when);
  return t;
}

function isTag(tag) {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
