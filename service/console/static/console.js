// What every page of the console has: closing menus, notices that speak, the CSRF token on htmx requests.
// Nothing here is needed to work: every action is also a plain form.
"use strict";

const LANGUAGE = document.documentElement.lang;
const TEXTS = JSON.parse(document.body.dataset.texts || "{}"); // in the page's language, by the English ones
const PLURALS = new Intl.PluralRules(LANGUAGE);
const fill = (text, values) => text.replace(/%\((\w+)\)s|%%/g, (_, name) => (name ? values[name] : "%"));

const moderato = (window.moderato = {
  language: LANGUAGE,
  calendar: LANGUAGE === "en" ? "en-GB" : LANGUAGE, // whose dates we write
  number: (value, options) => value.toLocaleString(LANGUAGE, options),
  score: (value) => value.toLocaleString(LANGUAGE, { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
  // Say `text` in the page's language, with %(name)s taken from `values`.
  t: (text, values = {}) => fill(TEXTS[text] ?? text, values),
  // The same for `count` things, which is %(num)s.
  tn(one, many, count, values = {}) {
    const forms = TEXTS[one];
    const text = forms ? (forms[PLURALS.select(count)] ?? forms.other) : count === 1 ? one : many;
    return fill(text, { num: moderato.number(count), ...values });
  },
  csrf: () => document.body.dataset.csrf,
  commands: [], // what the palette offers beside links, see palette.js
  // Announce it to screen readers; the region is emptied first, so that a repeated sentence is announced again.
  say(text) {
    const live = document.getElementById("live");
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 30);
  },
  toast(text, { bad = false, seconds = 6, action = null } = {}) {
    const toasts = document.getElementById("toasts");
    const toast = document.createElement("div");
    toast.className = bad ? "toast toast-bad" : "toast";
    const words = document.createElement("p");
    words.textContent = text;
    toast.append(words);
    if (action) toast.append(action);
    toasts.replaceChildren(toast);
    const timer = setTimeout(() => toast.remove(), seconds * 1000);
    toast.addEventListener("remove-now", () => { clearTimeout(timer); toast.remove(); });
    return toast;
  },
});

// The server writes times in UTC and says so; here they become the viewer's: of the zone in the preferences, or of the browser.
const ZONE = knownZone(document.documentElement.dataset.zone);
function knownZone(zone) {
  if (!zone) return undefined;
  try {
    Intl.DateTimeFormat("en", { timeZone: zone });
    return zone;
  } catch {
    return undefined; // this browser does not know it
  }
}
const DAY = { day: "numeric", month: "short", year: "numeric" };
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const SHOWS = {
  date: DAY, minute: { ...DAY, hour: "2-digit", minute: "2-digit" }, second: { ...DAY, ...CLOCK }, clock: CLOCK,
  step: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
};
moderato.zone = ZONE;
moderato.localTimes = function localTimes(within) {
  const zoneName = new Intl.DateTimeFormat(moderato.calendar, { timeZone: ZONE, timeZoneName: "short" }).formatToParts().find((part) => part.type === "timeZoneName").value;
  for (const time of within.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.title = moment.toLocaleString(moderato.calendar, { dateStyle: "medium", timeStyle: "long", timeZone: ZONE });
    if (time.dataset.shows) time.textContent = moment.toLocaleString(moderato.calendar, { timeZone: ZONE, ...SHOWS[time.dataset.shows] });
  }
  for (const name of within.querySelectorAll("[data-zone-name]")) name.textContent = `(${zoneName})`;
};
const { localTimes } = moderato;
localTimes(document);
document.addEventListener("htmx:afterSwap", (event) => localTimes(event.detail.target));
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = moderato.csrf();
});
// Errors come as fragments that explain themselves; show them instead of dropping them.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400 && event.detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
// A double click is one act: its second half would fall on whatever stands there by then.
document.addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest?.("form[method=post] button:not([type=button])")) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);
// A form on its way says so, and is not sent twice; scripts that send it themselves have prevented this by now.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => { delete form.dataset.sent; event.submitter?.removeAttribute("aria-busy"); }, 10000);
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
