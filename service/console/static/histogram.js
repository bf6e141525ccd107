// The histogram of the bulk page: a range to drag with the pointer or move by keys; count and sample follow.
// Without this, the two number fields, the bars' links and the button "Show" do the same.
"use strict";
(() => {
  const frame = document.getElementById("range");
  const form = document.getElementById("range-form");
  if (!frame || !form) return;
  const bars = [...frame.querySelectorAll(".bar")];
  const fields = { from: form.elements.score_from, to: form.elements.score_to };
  const clamp = (value) => Math.min(1, Math.max(0, Math.round(value * 100) / 100));
  const WAIT = 250;
  let asked = null;
  let timer = 0;
  let everything = new URLSearchParams(location.search).has("all"); // selected without a range

  const value = (end) => clamp(fields[end].value === "" ? (end === "to" ? 1 : 0) : Number(fields[end].value) || 0);

  const handles = Object.fromEntries(["from", "to"].map((end) => {
    const handle = document.createElement("div");
    handle.className = "handle handle-range";
    handle.tabIndex = 0;
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-label", end === "from" ? moderato.t("Scores from") : moderato.t("Scores to"));
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      move(end, value(end) + step);
    });
    handle.addEventListener("pointerdown", (event) => hold(event, end));
    frame.append(handle);
    return [end, handle];
  }));

  const at = (event) => {
    const box = frame.getBoundingClientRect();
    return clamp((event.clientX - box.left) / box.width);
  };

  function hold(event, end) {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    const handle = handles[end];
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    const drag = (moved) => move(end, at(moved));
    handle.addEventListener("pointermove", drag);
    for (const over of ["pointerup", "pointercancel"]) handle.addEventListener(over, () => handle.removeEventListener("pointermove", drag), { once: true });
  }

  // Elsewhere on the picture a drag draws a new range, and a click takes one bar.
  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const start = event.clientX;
    const first = at(event);
    let drawn = false;
    frame.setPointerCapture(event.pointerId);
    const draw = (moved) => {
      drawn ||= Math.abs(moved.clientX - start) > 4;
      if (drawn) choose(Math.min(first, at(moved)), Math.max(first, at(moved)));
    };
    const end = (last) => {
      frame.removeEventListener("pointermove", draw);
      if (drawn || last.type !== "pointerup") return;
      const bar = bars.find((one) => Number(one.dataset.high) > first) ?? bars.at(-1);
      choose(Number(bar.dataset.low), Number(bar.dataset.high));
    };
    frame.addEventListener("pointermove", draw);
    for (const over of ["pointerup", "pointercancel"]) frame.addEventListener(over, end, { once: true });
  });
  frame.addEventListener("click", (event) => event.preventDefault()); // the bars' links, which are for those without this
  frame.addEventListener("dragstart", (event) => event.preventDefault());

  // The two ends never cross: the one that is moved pushes the other.
  function move(end, score) {
    const now = clamp(score);
    if (end === "from") choose(now, Math.max(now, value("to")));
    else choose(Math.min(now, value("from")), now);
  }

  function choose(from, to) {
    fields.from.value = from.toFixed(2);
    fields.to.value = to.toFixed(2);
    everything = false;
    show();
    later();
  }

  function show() {
    const [from, to] = [value("from"), value("to")];
    for (const [end, handle] of Object.entries(handles)) {
      const score = value(end);
      handle.style.left = `${score * 100}%`;
      handle.dataset.words = moderato.score(score);
      handle.setAttribute("aria-valuemin", end === "to" ? from : 0);
      handle.setAttribute("aria-valuemax", end === "from" ? to : 1);
      handle.setAttribute("aria-valuenow", score);
      handle.setAttribute("aria-valuetext", moderato.score(score));
    }
    const chosen = everything || fields.from.value !== "" || fields.to.value !== "";
    for (const bar of bars) bar.classList.toggle("bar-on", chosen && Number(bar.dataset.low) >= from - 1e-9 && Number(bar.dataset.high) <= to + 1e-9);
  }

  // What was counted before must not be decided on after the range was moved.
  function later() {
    document.getElementById("found").inert = true;
    clearTimeout(timer);
    timer = setTimeout(() => ask().catch(() => form.requestSubmit()), WAIT);
  }

  async function ask() {
    asked?.abort();
    const mine = (asked = new AbortController());
    const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
    let answer;
    try {
      answer = await fetch(address, { signal: mine.signal });
    } catch (error) {
      if (error.name === "AbortError") return;
      throw error;
    }
    if (!answer.ok || answer.redirected) throw new Error(`bulk: ${answer.status}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (asked !== mine) return;
    const found = fresh.getElementById("found");
    document.getElementById("found").replaceWith(document.adoptNode(found));
    document.getElementById("chosen")?.replaceWith(document.adoptNode(fresh.getElementById("chosen")));
    history.replaceState(null, "", address);
    window.moderato?.say(found.dataset.told);
  }

  form.addEventListener("input", (event) => {
    if (!Object.values(fields).includes(event.target) || !event.target.validity.valid) return;
    everything = false;
    show();
    later();
  });
  show();
})();
