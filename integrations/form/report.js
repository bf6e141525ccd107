// A reader's report of a published comment, where the server takes reports.

import { openDialog } from "./dialog.js";
import { h, labelled } from "./elements.js";

/** Ask what is wrong with `comment` and send it; `kinds` are those that the server takes. */
export function openReport({ t, server, comment, kinds, button }) {
  const options = kinds.map((kind) =>
    h(
      "label",
      { class: "option" },
      h("input", { type: "radio", name: "kind", value: kind, required: true }),
      " ",
      t.has(`kind_${kind}`) ? t(`kind_${kind}`) : kind,
    ),
  );
  const thanks = h("span", { class: "note", tabindex: -1 }, t("reported"));
  const trap = h("input", { name: "website", tabindex: -1, autocomplete: "off" }); // a person leaves it empty
  const text = h("textarea", { id: "report-text", name: "text", rows: 3, maxlength: 2000 });
  openDialog({
    t,
    button,
    heading: t("reportHeading"),
    fields: [
      h("fieldset", {}, h("legend", {}, t("reportKind")), ...options),
      labelled(t("reportText"), text, t("optional")),
      h("div", { class: "unseen", "aria-hidden": "true" }, trap),
    ],
    send: (given) => server.report(comment.id, Object.fromEntries(given)),
    done() {
      button.replaceWith(thanks);
      thanks.focus();
    },
  });
}
