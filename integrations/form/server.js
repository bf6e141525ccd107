// Talks to the comments address: published comments, sending, receipts, hints, appeals and reports.
//
// Requests carry no credentials. Their bodies are JSON, so a browser asks another origin's permission first (CORS).

/** What the server refused, or why it could not be asked: `status` is 0 without a connection. */
export class Refusal extends Error {
  constructor(status, problem = {}, retryAfter = null) {
    super(problem.detail ?? `status ${status}`);
    Object.assign(this, { status, problem, retryAfter });
  }
}

/** Return the functions that ask the comments address `base`; its query stays on every request. */
export function connect(base, signal) {
  function at(path = "", parameters = {}) {
    const address = new URL(base, document.baseURI);
    if (path) address.pathname = `${address.pathname.replace(/\/$/, "")}/${path}`;
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== null) address.searchParams.set(name, value);
    }
    return address;
  }

  async function ask(address, { body, timeout, ...options } = {}) {
    const signals = timeout ? [signal, AbortSignal.timeout(timeout)] : [signal];
    const request = { credentials: "omit", signal: AbortSignal.any(signals), ...options };
    if (body) {
      request.method = "POST";
      request.headers = { "Content-Type": "application/json" };
      request.body = JSON.stringify(body);
    }
    const answer = await fetch(address, request).catch((error) => {
      throw new Refusal(0, { detail: String(error) });
    });
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refusal(answer.status, content, secondsUntil(answer.headers.get("Retry-After")));
    return content;
  }

  const escaped = encodeURIComponent;
  return {
    // no-cache: the browser asks with If-None-Match, and takes the body from its own cache after a 304. A header of ours
    // would cost a second request (the preflight) on another origin.
    published: (article, after) => ask(at("", { article, after }), { cache: "no-cache", timeout: 20_000 }),
    send: (comment) => ask(at(), { body: comment, timeout: 30_000 }),
    // `status` is what the reader sees: a server that looks at it need not wait for a change that has already come.
    receipt: (receipt, wait, status) =>
      ask(at(escaped(receipt), { wait, status }), { cache: "no-store", timeout: 1000 * wait + 20_000 }),
    hint: (text, timeout) => ask(at("hints"), { body: text, timeout }),
    appeal: (receipt, text) => ask(at(`${escaped(receipt)}/appeals`), { body: { text }, timeout: 30_000 }),
    report: (id, report) => ask(at(`${escaped(id)}/reports`), { body: report, timeout: 30_000 }),
  };
}

/** Return the sentence for a refusal. */
export function explain(t, { status, problem, retryAfter }) {
  const code = problem.code ?? "";
  if (status === 0) return t("offlineError");
  if (code.endsWith("too_short")) return t("tooShortError", { n: problem.minimum, length: problem.length });
  if (code.endsWith("too_long")) return t("tooLongError", { n: problem.maximum });
  if (status === 429 && retryAfter > 90) return t("tooManyMinutesError", { n: Math.ceil(retryAfter / 60) });
  if (status === 429 && retryAfter !== null) return t("tooManyError", { n: retryAfter });
  if (code === "comments_closed") return t("closed");
  if (status === 401 || status === 403) return t("forbiddenError");
  if (status === 404 || status === 409 || status === 410) return t("goneError");
  if (status === 400 || status === 413 || status === 422) return t("invalidError");
  return t([429, 502, 503, 504].includes(status) ? "busyError" : "otherError");
}

function secondsUntil(header) {
  if (header === null) return null;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? null : Math.max(1, Math.ceil(seconds));
}
