// Charts drawn from the tables below them, and a board that refreshes itself. Without this the tables are all there.
"use strict";
(() => {
  const board = document.getElementById("board");
  if (!board) return;
  const HEIGHT = 240;
  const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000]; // there are no half comments
  const ROUND = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800]; // seconds that read as whole units
  const EVERY = 30_000;
  const plots = new Map();
  const { colour } = window.moderato;

  const duration = (seconds) => {
    if (seconds == null) return "–";
    for (const [length, unit, sign, below] of [[1, "second", "s", 90], [60, "minute", "min", 90], [3600, "hour", "h", 36], [86400, "day", "d", Infinity]]) {
      const value = seconds / length;
      if (value >= below) continue;
      const digits = value < 10 && value % 1 ? (value < 1 ? 2 : 1) : 0;
      const form = { minimumFractionDigits: digits, maximumFractionDigits: digits };
      if (moderato.language === "en") return `${moderato.number(value, form)} ${sign}`;
      return moderato.number(value, { ...form, style: "unit", unit, unitDisplay: "short" });
    }
    return "–";
  };
  // Days are those of UTC, by which the server counts; anything shorter is shown in the viewer's zone.
  const zoneOf = (step) => (step >= 86400 ? "UTC" : window.moderato.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const when = (seconds, step) => {
    const moment = new Date(seconds * 1000);
    const clock = moment.toLocaleString(moderato.calendar, { timeZone: zoneOf(step), hour: "2-digit", minute: "2-digit" });
    return step >= 86400 || clock === "00:00" ? moment.toLocaleString(moderato.calendar, { timeZone: zoneOf(step), day: "numeric", month: "short" }) : clock;
  };
  const FORMS = {
    seconds: duration,
    percent: (share) => (share == null ? "–" : `${Math.round(share * 100)} %`),
    count: (count) => (count == null ? "–" : moderato.number(count)),
  };

  function read(table) {
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows];
    const values = (index) => rows.map((row) => (row.cells[index].dataset.v === "" ? null : Number(row.cells[index].dataset.v)));
    return {
      starts: values(0),
      words: rows.map((row) => row.cells[0].textContent.trim()),
      columns: heads.slice(1).map((head, index) => ({ label: head.textContent.trim(), kind: head.dataset.kind, colour: head.dataset.colour, values: values(index + 1) })),
    };
  }

  function draw(place) {
    const card = place.closest("section");
    const table = card.querySelector("table[data-chart]");
    const told = card.querySelector(".chart-told");
    const { starts, words, columns } = read(table);
    const drawn = columns.filter((column) => column.colour);
    const stacked = table.dataset.chart === "stack";
    const form = FORMS[drawn[0].kind] ?? FORMS.count;
    const heights = stacked ? pile(drawn) : drawn.map((column) => column.values);
    const ink = colour("ink-3");
    const axis = { stroke: ink, font: "12px system-ui", ticks: { show: false } };
    const series = drawn.map((column) => ({
      label: column.label, stroke: colour(column.colour), width: stacked ? 0 : 2, spanGaps: !stacked,
      fill: stacked ? colour(column.colour) : undefined, paths: stacked ? uPlot.paths.bars({ size: [0.86, 46] }) : undefined,
      points: { show: stacked ? false : column.values.filter((value) => value != null).length === 1 || undefined, size: 5 }, // a line through one point is none
    }));
    // The highest pile is drawn first, the lower ones over it.
    if (stacked) { series.reverse(); heights.reverse(); }
    plots.get(place)?.destroy();
    place.hidden = told.hidden = false;
    place.setAttribute("role", "img");
    place.setAttribute("aria-label", moderato.t("%(title)s: a chart of the table below", { title: card.querySelector("h2").textContent }));
    const step = Number(table.dataset.step);
    const whole = stacked || starts.length === 1 ? step / 2 : 0;
    const plot = new uPlot(
      {
        width: place.clientWidth, height: HEIGHT, legend: { show: false }, tzDate: (ts) => uPlot.tzDate(new Date(ts * 1e3), zoneOf(step)),
        cursor: { drag: { x: false, y: false }, points: { show: !stacked } },
        scales: { x: { range: (_, low, high) => [low - whole, high + whole] }, y: { range: (_, low, high) => (drawn[0].kind === "percent" ? [0, 1.03] : [0, (high || 1) * 1.08]) } },
        axes: [
          { ...axis, size: 30, space: 64, grid: { show: false }, values: (_, ticks) => ticks.map((tick) => when(tick, step)) },
          { ...axis, size: 62, incrs: form === FORMS.count ? WHOLE : form === duration ? [0.1, 0.2, 0.5, ...ROUND] : undefined, grid: { stroke: colour("line"), width: 1 }, values: (_, ticks) => ticks.map((tick) => form(tick)) },
        ],
        series: [{}, ...series],
        hooks: { setCursor: [(u) => tell(u.cursor.idx)] },
      },
      [starts, ...heights],
      place,
    );
    function tell(index) {
      told.replaceChildren();
      const keys = document.createElement("ul");
      keys.className = "legend";
      for (const column of columns) {
        const key = document.createElement("li");
        if (column.colour) key.className = `key-${column.colour.replace("chart-", "")}`;
        else key.className = "key-none";
        key.textContent = index == null ? column.label : `${column.label} ${(FORMS[column.kind] ?? FORMS.count)(column.values[index])}`;
        if (column.colour || index != null) keys.append(key);
      }
      told.append(index == null ? "" : `${words[index]}: `, keys);
    }
    tell(null);
    plots.set(place, plot);
    sizes.observe(place);
  }

  function pile(columns) {
    const sums = new Array(columns[0].values.length).fill(0);
    return columns.map((column) => column.values.map((value, index) => (sums[index] += value ?? 0)));
  }

  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const plot = plots.get(target);
      if (plot && target.clientWidth && Math.abs(plot.width - target.clientWidth) > 1) plot.setSize({ width: target.clientWidth, height: HEIGHT });
    }
  });

  function drawAll() {
    for (const [place, plot] of plots) if (!place.isConnected) { plot.destroy(); plots.delete(place); sizes.unobserve(place); }
    for (const place of board.querySelectorAll(".chart")) draw(place);
  }

  let tag = null;
  async function refresh() {
    if (document.hidden || !document.getElementById("refresh").checked || board.contains(document.activeElement)) return;
    const address = new URL(location.href);
    address.searchParams.set("fragment", "1");
    const answer = await fetch(address, { headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.status === 401 || answer.redirected) { location.reload(); return; }
    if (answer.status === 304 || !answer.ok) return;
    tag = answer.headers.get("ETag");
    const open = new Set([...board.querySelectorAll("details[open]")].map((details) => details.id));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const before = board.querySelector(".banner b")?.textContent;
    board.replaceChildren(...fresh.body.childNodes);
    window.moderato.localTimes(board);
    for (const details of board.querySelectorAll("details")) details.open = open.has(details.id);
    drawAll();
    const after = board.querySelector(".banner b")?.textContent;
    if (before !== after) window.moderato?.say(after);
  }

  function later() {
    // Not all dashboards of an office at the same moment.
    setTimeout(() => refresh().catch(() => {}).finally(later), EVERY * (0.8 + 0.4 * Math.random()));
  }

  if (typeof uPlot !== "undefined") drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  document.getElementById("refresh-label").hidden = false;
  later();
})();
