// The policy page: curves to read a threshold from and to drag it on. Without this, the numbers and the linked tables do the same.
"use strict";
(() => {
  const form = document.getElementById("policy-form");
  const box = document.getElementById("curve");
  if (!form || !box || typeof uPlot === "undefined") return;
  const parts = Object.fromEntries(["title", "chart", "told", "basis", "propose"].map((name) => [name, document.getElementById(`curve-${name}`)]));
  const chips = [...form.querySelectorAll("[data-curve]")];
  const motion = matchMedia("(prefers-color-scheme: dark)");
  const { colour } = window.moderato;
  let curves = null;
  let shown = null;
  let plot = null;

  const input = (kind) => form.elements[`${kind}_${shown}`];
  const percent = (share) => {
    if (share == null) return "–";
    const places = share > 0 && share < 0.1 ? 1 : 0;
    return `${moderato.number(share * 100, { minimumFractionDigits: places, maximumFractionDigits: places })} %`;
  };
  const clamp = (value) => Math.min(1, Math.max(0, Math.round(value * 100) / 100));

  async function load() {
    const days = form.elements.days ? form.elements.days.value : 7;
    const answer = await fetch(`${box.dataset.source}?days=${encodeURIComponent(days)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`curves: ${answer.status}`);
    curves = await answer.json();
  }

  async function show(attribute) {
    try {
      if (!curves) await load();
    } catch {
      return; // the links still lead to the tables
    }
    shown = attribute;
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.curve === attribute));
    box.hidden = false;
    draw();
  }

  function draw() {
    const curve = curves.curves[shown];
    const words = document.getElementById(`label_${shown}`).textContent.trim();
    parts.title.textContent = moderato.t("Thresholds for “%(attribute)s”", { attribute: words });
    plot?.destroy();
    plot = null;
    parts.chart.replaceChildren();
    const empty = curve.at.length === 0;
    parts.propose.hidden = true;
    if (empty) {
      parts.told.textContent = moderato.t("No comment in this period has a score for this attribute.");
      parts.basis.textContent = "";
      return;
    }
    const decided = Math.max(...curve.decided);
    const sample = curves.total > curves.cases
      ? moderato.tn("%(num)s comment of %(total)s, drawn evenly", "%(num)s comments of %(total)s, drawn evenly", curves.cases, { total: moderato.number(curves.total) })
      : moderato.tn("%(num)s comment", "%(num)s comments", curves.cases);
    const known = decided
      ? moderato.t("%(count)s of them decided by moderators.", { count: moderato.number(decided) })
      : moderato.t("none decided by a moderator, so no precision yet.");
    const limit = moderato.t("Moderators mostly see held comments: read “caught” as an upper limit.");
    parts.basis.textContent = `${sample}; ${known} ${limit}`;
    if (curve.proposed != null && !input("reject").readOnly) {
      parts.propose.hidden = false;
      parts.propose.textContent = moderato.t("Reject from %(score)s (90 %% precision, 95 %% sure)", { score: moderato.score(curve.proposed) });
      parts.propose.onclick = () => set("reject", curve.proposed, true);
    }
    const line = (label, name, width = 2) => ({ label, stroke: colour(name), width, points: { show: false }, spanGaps: false });
    const ink = colour("ink-3");
    const axis = { stroke: ink, grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
    plot = new uPlot(
      {
        width: parts.chart.clientWidth, height: 230, legend: { show: false }, cursor: { drag: { x: false, y: false }, points: { size: 6 } },
        scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1.02] } },
        axes: [{ ...axis, size: 30 }, { ...axis, size: 46, values: (_, ticks) => ticks.map((tick) => `${Math.round(tick * 100)} %`) }],
        series: [{}, { ...line("high", "chart-1", 0) }, { ...line("low", "chart-1", 0) }, line("precision", "chart-1"), line("caught", "chart-2"), line("reached", "chart-3")],
        bands: [{ series: [1, 2], fill: colour("chart-1", 0.18) }],
        hooks: { setCursor: [(u) => tell(u.cursor.idx)] },
      },
      [curve.at, curve.high, curve.low, curve.precision, curve.recall, curve.reached],
      parts.chart,
    );
    for (const kind of ["hold", "reject"]) handle(kind);
    tell(null);
  }

  function handle(kind) {
    const field = input(kind);
    const bar = document.createElement("div");
    bar.className = `handle handle-${kind}`;
    bar.dataset.words = kind === "hold" ? moderato.t("hold") : moderato.t("reject");
    bar.tabIndex = 0;
    for (const [name, value] of Object.entries({ role: "slider", "aria-valuemin": 0, "aria-valuemax": 1, "aria-label": field.getAttribute("aria-label") })) bar.setAttribute(name, value);
    if (field.readOnly) bar.setAttribute("aria-readonly", "true");
    const place = () => {
      const value = field.value === "" ? null : clamp(Number(field.value));
      bar.style.left = `${(value ?? 1) * 100}%`;
      bar.style.opacity = value === null ? "0.35" : "1";
      bar.setAttribute("aria-valuenow", value ?? 1);
      bar.setAttribute("aria-valuetext", value === null ? moderato.t("never") : moderato.t("from %(score)s", { score: moderato.score(value) }));
    };
    bar.place = place;
    if (!field.readOnly) {
      bar.addEventListener("pointerdown", (event) => { bar.setPointerCapture(event.pointerId); event.preventDefault(); bar.focus(); });
      bar.addEventListener("pointermove", (event) => {
        if (!bar.hasPointerCapture(event.pointerId)) return;
        const over = plot.over.getBoundingClientRect();
        set(kind, clamp((event.clientX - over.left) / over.width), false);
      });
      bar.addEventListener("pointerup", () => changed(field));
      bar.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -0.01, ArrowDown: -0.01, ArrowRight: 0.01, ArrowUp: 0.01, PageDown: -0.1, PageUp: 0.1 }[event.key];
        if (!step) return;
        event.preventDefault();
        set(kind, clamp(Number(field.value === "" ? 1 : field.value) + step), true);
      });
    }
    plot.over.append(bar);
    place();
  }

  function set(kind, value, done) {
    const other = input(kind === "hold" ? "reject" : "hold");
    const field = input(kind);
    field.value = value.toFixed(2);
    // The two never cross: the one that is moved pushes the other.
    if (other.value !== "" && (kind === "hold" ? Number(other.value) < value : Number(other.value) > value)) other.value = value.toFixed(2);
    for (const bar of plot.over.querySelectorAll(".handle")) bar.place();
    tell(Math.round(value * 100), kind);
    if (done) changed(field);
  }

  const changed = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));

  function tell(index, kind) {
    const curve = curves.curves[shown];
    if (index == null) {
      const field = ["reject", "hold"].map(input).find((one) => one.value !== "");
      if (!field) { parts.told.textContent = moderato.t("No threshold is set: this attribute is ignored."); return; }
      index = Math.round(clamp(Number(field.value)) * 100);
    }
    const score = moderato.score(curve.at[index]);
    const from = kind === "hold" ? moderato.t("Hold from %(score)s:", { score }) : kind === "reject" ? moderato.t("Reject from %(score)s:", { score }) : moderato.t("From %(score)s:", { score });
    const decided = curve.decided[index];
    const shares = { reached: percent(curve.reached[index]), caught: percent(curve.recall[index]) };
    const effect = decided
      ? moderato.t(
          "reaches %(reached)s of the comments; moderators rejected %(precision)s of the %(decided)s they decided (%(low)s to %(high)s with 95 %% confidence); catches %(caught)s of moderators’ rejections.",
          { ...shares, decided: moderato.number(decided), precision: percent(curve.precision[index]), low: percent(curve.low[index]), high: percent(curve.high[index]) },
        )
      : moderato.t("reaches %(reached)s of the comments; moderators decided on none of them; catches %(caught)s of moderators’ rejections.", shares);
    parts.told.textContent = `${from} ${effect}`;
  }

  for (const chip of chips) {
    chip.setAttribute("role", "button");
    chip.setAttribute("aria-pressed", "false");
    chip.addEventListener("click", (event) => { event.preventDefault(); show(chip.dataset.curve); });
    chip.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); chip.click(); } });
  }
  form.addEventListener("input", (event) => {
    if (plot && shown && [input("hold"), input("reject")].includes(event.target)) { for (const bar of plot.over.querySelectorAll(".handle")) bar.place(); tell(null); }
  });
  form.elements.days?.addEventListener("change", () => { curves = null; if (shown) show(shown); });
  motion.addEventListener("change", () => { if (shown && curves) draw(); });
  new ResizeObserver(() => { if (plot && Math.abs(plot.width - parts.chart.clientWidth) > 1) plot.setSize({ width: parts.chart.clientWidth, height: 230 }); }).observe(parts.chart);
  if (chips.length) show(chips[0].dataset.curve);
})();

// The draft is kept on the server while it is typed, so that leaving the page loses nothing.
(() => {
  const form = document.getElementById("policy-form");
  if (!form?.dataset.draft) return;
  const LEFT = "moderato-draft", OVERTAKEN_MS = 60_000;
  const { draft, moderator } = form.dataset;
  const discards = document.querySelector(".draft-notice form");
  let timer = null, underway = null;
  let { mark } = form.dataset; // of the draft as the server has it; "" while there is none
  const typed = () => [...new FormData(form)].filter(([name]) => name !== "csrf_token");
  const forget = () => {
    clearTimeout(timer);
    timer = null;
  };
  const send = (fields) => fetch(draft, { method: "POST", body: fields });
  const save = (leaving) => {
    if (timer === null) return;
    forget();
    const fields = new FormData(form);
    if (leaving) {
      remember();
      fields.append("typed_on", mark);
    }
    // A beacon outlives the page but carries little; long lists were saved by the timer.
    if (!(leaving && navigator.sendBeacon(draft, fields))) underway = send(fields).then(note).catch(() => {}).finally(() => { underway = null; });
  };
  // The form that discards the draft says which it means, so that no other page discards what is typed here.
  const note = (answer) => {
    mark = answer.headers.get("Draft-Mark") ?? mark;
    if (discards) discards.elements.seen.value = mark;
  };
  // The next person to sign in here may be somebody else: what is remembered names its moderator.
  const remember = () => {
    try {
      sessionStorage.setItem(LEFT, JSON.stringify({ draft, moderator, mark, at: Date.now(), typed: typed() }));
    } catch {
      sessionStorage.removeItem(LEFT); // too long for this storage
    }
  };
  // Who comes straight back can overtake the beacon: what was typed is sent again, and shown.
  const again = () => {
    const left = JSON.parse(sessionStorage.getItem(LEFT));
    sessionStorage.removeItem(LEFT);
    if (left?.draft !== draft || left.moderator !== moderator || Date.now() - left.at > OVERTAKEN_MS || JSON.stringify(left.typed) === JSON.stringify(typed())) return;
    const fields = new FormData();
    for (const [name, value] of [...left.typed, ["csrf_token", form.elements.csrf_token.value], ["typed_on", left.mark]]) fields.append(name, value);
    send(fields).then((answer) => answer.headers.get("Draft-Mark") && location.reload()).catch(() => {});
  };
  document.addEventListener("input", (event) => {
    if (event.target.form !== form) return;
    clearTimeout(timer);
    timer = setTimeout(save, 1000);
  });
  form.addEventListener("submit", forget);
  // What was typed last is discarded too; what is on its way to the server is waited for, or it would arrive afterwards.
  discards?.addEventListener("submit", (event) => {
    forget();
    if (!underway) return;
    event.preventDefault();
    underway.then(() => discards.requestSubmit(event.submitter));
  });
  window.addEventListener("pagehide", () => save(true));
  again();
})();
