// Keeps small things in the browser: the draft of a comment over a reload, receipts as long as the tab is open.
//
// A browser may forbid storage (an exception at any step) or be out of space. The form works without it.

/** Keep one draft in `localStorage` until it is sent. */
export const draftOf = (article) => kept("localStorage", `moderato:draft:${article}`);

/** Keep the reader's own comments, with their receipts, in `sessionStorage`. */
export const receiptsOf = (article) => kept("sessionStorage", `moderato:receipts:${article}`);

function kept(storage, key) {
  return {
    read: () => attempt(() => JSON.parse(window[storage].getItem(key))),
    write: (value) => attempt(() => window[storage].setItem(key, JSON.stringify(value))),
    remove: () => attempt(() => window[storage].removeItem(key)),
  };
}

function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}
