// Builds elements. Texts become text nodes, never HTML: what readers and servers send cannot become markup.

/**
 * Return an element. A property is set as an attribute, except `on` (event listeners by name) and `class`; null and false
 * leave an attribute out. Children are elements and texts; null and false are left out.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value !== null && value !== false && value !== undefined) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** Return a field under its label; `note` stands behind the label. */
export function labelled(label, control, note = null) {
  const remark = note && h("span", { class: "note" }, " ", note);
  return h("div", { class: "field" }, h("label", { for: control.id }, label, remark), control);
}

/** Return a live region: what is put into it is read aloud when the reader pauses. */
export function spoken() {
  return h("p", { class: "unseen", role: "status", "aria-live": "polite" });
}

/** Disable a button that stays focusable, so that its reason can be read. */
export function setDisabled(button, isDisabled) {
  button.setAttribute("aria-disabled", String(isDisabled));
}

export const isDisabled = (button) => button.getAttribute("aria-disabled") === "true";
