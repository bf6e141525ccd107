// What may hurt in a comment, before it is sent: the words named and marked, and the choice to edit it or to send it.

import { h } from "./elements.js";

/** Return the panel. `words` are places in `text`, in UTF-16 code units. */
export function hintPanel({ t, text, words, edit, sendAnyway }) {
  const places = placesIn(text, words);
  const named = [...new Set(places.map(({ start, end }) => text.slice(start, end)))];
  const naming = named.length > 0 && t("hintWords", { words: t.list(named.map((word) => t("quoted", { word }))) });
  return h(
    "div",
    {
      class: "hint",
      role: "group",
      tabindex: -1,
      "aria-labelledby": "hint-sentence hint-words",
      on: { keydown: (event) => event.key === "Escape" && edit() },
    },
    h("p", { id: "hint-sentence" }, t("hint")),
    h("p", { id: "hint-words" }, naming),
    h("p", { class: "text", dir: "auto" }, ...marked(text, places)),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", class: "first", on: { click: edit } }, t("edit")),
      h("button", { type: "button", class: "second", on: { click: sendAnyway } }, t("sendAnyway")),
    ),
  );
}

/** Return the places in their order, without those that overlap or lie outside the text. */
function placesIn(text, words) {
  let last = 0;
  return [...words]
    .sort((one, other) => one.start - other.start)
    .filter(({ start, end }) => {
      const isPlace = last <= start && start < end && end <= text.length;
      if (isPlace) last = end;
      return isPlace;
    });
}

function marked(text, places) {
  const parts = [];
  let shown = 0;
  for (const { start, end } of places) {
    parts.push(text.slice(shown, start), h("mark", {}, text.slice(start, end)));
    shown = end;
  }
  return [...parts, text.slice(shown)];
}
