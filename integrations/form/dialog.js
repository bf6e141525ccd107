// A question in a <dialog>: the browser keeps the focus inside, Escape closes it, and the focus returns where it was.

import { h, isDisabled, setDisabled } from "./elements.js";
import { explain } from "./server.js";

/**
 * Open a dialog with `fields`. `send` gets what was entered; its refusal is explained in the dialog. After it the dialog
 * closes, and `done` gets its answer. Otherwise the focus goes back to `button`.
 */
export function openDialog({ t, heading, fields, button, send, done }) {
  const fault = h("p", { class: "fault", role: "alert" });
  const submit = h("button", { class: "first" }, t("send"));
  const cancel = h("button", { type: "button", class: "second", on: { click: () => dialog.close() } }, t("cancel"));
  const form = h(
    "form",
    { on: { submit: act } },
    h("h3", { id: "dialog-heading" }, heading),
    ...fields,
    fault,
    h("div", { class: "buttons" }, submit, cancel),
  );
  const dialog = h("dialog", { "aria-labelledby": "dialog-heading", on: { close: leave } }, form);
  button.closest("section[lang]").append(dialog);
  dialog.showModal();
  let answer = null;

  async function act(event) {
    event.preventDefault();
    if (isDisabled(submit)) return;
    setDisabled(submit, true);
    fault.replaceChildren();
    try {
      answer = await send(new FormData(form));
    } catch (refusal) {
      fault.replaceChildren(explain(t, refusal));
      setDisabled(submit, false);
      return;
    }
    dialog.close();
  }

  function leave() {
    dialog.remove();
    if (answer) done(answer);
    else button.focus();
  }
}
