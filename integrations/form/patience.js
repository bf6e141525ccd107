// Waits: for a while, and for the page to be looked at. What waits ends with the component (`signal`).

/** Wait; return false where the component is gone. */
export function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener("abort", finish, { once: true });
    function finish() {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve(!signal.aborted);
    }
  });
}

/** Wait until the page is visible: a tab in the background asks for nothing. Return false where the component is gone. */
export async function inView(signal) {
  while (document.hidden && !signal.aborted) {
    await new Promise((resolve) => {
      document.addEventListener("visibilitychange", resolve, { once: true, signal });
      signal.addEventListener("abort", resolve, { once: true });
    });
  }
  return !signal.aborted;
}
