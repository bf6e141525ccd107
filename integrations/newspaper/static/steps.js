// Shows the steps of the comment that was sent last from this tab, as the newspaper renders them, and adds new ones.
const shown = document.getElementById("steps");
const KEY = "newspaper:receipt";
const PAUSE = 700; // milliseconds between two questions

const NONE = shown.innerHTML; // what the page says before there is a comment
let receipt = sessionStorage.getItem(KEY);
let followed = null; // whose steps are shown
document.addEventListener("moderato-sent", (event) => {
  receipt = event.detail.receipt;
  sessionStorage.setItem(KEY, receipt);
  refresh();
});

async function refresh() {
  const asked = receipt;
  if (!asked || document.hidden) return;
  const answer = await fetch(`/comments/${encodeURIComponent(asked)}/steps`).catch(() => null);
  if (answer?.status === 404 && asked === receipt) {
    receipt = followed = null; // deleted, perhaps in another tab
    sessionStorage.removeItem(KEY);
    shown.innerHTML = NONE;
  }
  if (!answer?.ok || asked !== receipt) return;
  const rendered = await answer.text();
  const list = shown.querySelector(".steps");
  if (asked === followed && list) {
    const steps = new DOMParser().parseFromString(rendered, "text/html").querySelectorAll(".steps > li");
    list.append(...[...steps].slice(list.children.length)); // so that a screen reader reads the new ones alone
  } else {
    shown.innerHTML = rendered;
    followed = asked;
  }
}

setInterval(refresh, PAUSE);
refresh();
