// What changes on the review page meanwhile: counts, what others decide on, the connection, and when a break is due.
"use strict";

(() => {
  const { root, panel, canDecide, wide, query, now, address, all, current, send, open, shown, load, free, showEmpty, showMine, mark, signedOut, signedInAgain } = moderato.review;

  function apply(told) {
    for (const where of root.querySelectorAll("[data-count]")) where.textContent = moderato.number(told.counts[where.dataset.count]);
    const scoring = document.querySelector("[data-scoring]");
    if (scoring.hidden !== !told.scoring) moderato.say(told.scoring || moderato.t("Scoring works again."));
    scoring.hidden = !told.scoring;
    scoring.querySelector("p").textContent = told.scoring;
    for (const row of all()) {
      if (told.gone.includes(row.dataset.id)) {
        if (row === current()) {
          const words = moderato.t("Another moderator has decided on this comment.");
          moderato.toast(words, { bad: true });
          moderato.say(words);
          const following = free(row, 1) || free(row, -1);
          row.remove();
          open(following, { passing: 1 });
        } else row.remove();
        continue;
      }
      mark(row, told.holders[row.dataset.id]);
    }
    showEmpty();
    const shown = all().length;
    const fresh = document.querySelector("[data-new]");
    for (const option of document.querySelectorAll(":is(#f-reason, #f-attribute) option[value]:not([value=''])")) {
      const amount = told.reasons[option.value] || 0;
      option.dataset.words ??= option.textContent;
      option.textContent = option.dataset.words + (amount ? ` (${moderato.number(amount)})` : "");
    }
    if (told.mine !== null) showMine(told.mine);
    now.matching ??= told.counts.matching;
    const arrived = told.counts.matching - now.matching;
    if (arrived > 0) {
      fresh.hidden = false;
      fresh.textContent = shown ? moderato.tn("%(num)s new: show", "%(num)s new: show", arrived) : moderato.t("Show new comments");
    }
    if (!shown && told.counts.matching && !now.loading) location.reload();
  }
  document.querySelector("[data-new]").addEventListener("click", () => location.reload());
  let etag = null, pause = 8000, timer;
  async function pulse() {
    const ids = all().map((row) => row.dataset.id).slice(0, 100).join(",");
    const since = new Date(new Date().setHours(0, 0, 0, 0)).toISOString(); // the day of this moderator's own zone
    const where = `${root.dataset.pulse}?${query ? `${query}&` : ""}ids=${ids}${canDecide ? `&since=${since}` : ""}`;
    const before = now.decidedHere, unanswered = now.underway, wasSignedOut = now.isSignedOut;
    let answer, told;
    try {
      answer = await fetch(where, { headers: { Accept: "application/json", ...(etag ? { "If-None-Match": etag } : {}) }, cache: "no-store" });
      if (answer.status === 200) told = await answer.json();
    } catch {
      connected(false);
      pause = Math.min(pause * 2, 30000);
      return schedule();
    }
    // Out of the reach of the `catch`: a mistake of ours is no missing server.
    connected(true);
    if (answer.status === 401) {
      signedOut();
      return schedule(20000);
    }
    if (wasSignedOut) return signedInAgain();
    if (now.isSignedOut) return schedule(20000); // asked before the end, answered after it
    pause = answer.ok || answer.status === 304 ? 8000 : Math.min(pause * 2, 120000);
    // A decision of ours on its way makes the answer older than what is on the screen.
    const stale = unanswered > 0 || now.underway > 0 || before !== now.decidedHere;
    schedule(stale ? 1000 : pause);
    if (!told || stale) return;
    apply(told);
    etag = answer.headers.get("ETag"); // once it is shown
  }
  // Said where the counts stand, since they are old from then on.
  function connected(yes) {
    const notice = document.querySelector("[data-offline]");
    if (notice.hidden === yes) return;
    notice.hidden = yes;
    moderato.say(yes ? moderato.t("The connection is back.") : moderato.t("The server does not answer."));
    const row = current();
    if (yes && row && wide.matches && shown() !== row.dataset.id) load(row);
  }
  addEventListener("online", () => pulse());
  function schedule(milliseconds = pause) {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(pulse, milliseconds * (0.8 + 0.4 * Math.random()));
  }
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : pulse()));
  if (document.hidden) schedule();
  else timer = setTimeout(pulse, 400);
  if (canDecide) {
    setInterval(() => {
      const dossier = panel.querySelector(".dossier[data-mine=yes]");
      if (dossier && !document.hidden) send(address(dossier.dataset.comment, "/claim")).catch(() => {});
    }, 60000);
  }

  // --- A reminder to take a break

  const breakMinutes = Number(root.dataset.breakMinutes);
  if (breakMinutes) {
    const begun = Number(sessionStorage.getItem("moderato-begun")) || Date.now();
    sessionStorage.setItem("moderato-begun", begun);
    const remind = () => {
      sessionStorage.setItem("moderato-begun", Date.now());
      const words = moderato.t("You have worked for %(minutes)s minutes. A short break helps.", { minutes: breakMinutes });
      moderato.toast(words, { seconds: 60 });
      moderato.say(words);
      setTimeout(remind, breakMinutes * 60000);
    };
    setTimeout(remind, Math.max(0, begun + breakMinutes * 60000 - Date.now()));
  }

  const left = all().find((row) => row.dataset.id === history.state?.current) || all().find((row) => !row.dataset.held) || all()[0];
  if (wide.matches && left) open(left, { focus: document.activeElement === document.body, passing: 1 });
})();
