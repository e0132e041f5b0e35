// Only comfort: everything on the page works without this file.
"use strict";
const summary = document.getElementById("summary");
const copy = document.getElementById("copy");
const share = document.getElementById("share");
if (summary && copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(summary.value);
      copy.textContent = copy.dataset.done;
    } catch {
      summary.select(); // the browser said no: then it is marked, to be copied by hand
    }
  });
}
if (summary && share && navigator.share) {
  share.hidden = false;
  share.addEventListener("click", () => navigator.share({ text: summary.value }).catch(() => {}));
}
