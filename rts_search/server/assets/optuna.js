// Takes the buttons out of Optuna's dashboard that would change a study: the service refuses what they send.
"use strict";

const REFUSED = new Set(["Create", "New Study", "Delete", "Rename", "Save", "Enqueue", "Edit"]);
const hide = () => {
  for (const button of document.querySelectorAll("button:not([data-rts-refused]), [role=menuitem]:not([data-rts-refused])")) {
    if (REFUSED.has(button.textContent.trim())) { button.dataset.rtsRefused = ""; }
  }
};
new MutationObserver(hide).observe(document.body, { childList: true, subtree: true });
hide();
