// The keys of the console: each element says by aria-keyshortcuts which key it answers, and a key is a click on it.
// None does anything while someone types or chooses, none together with Ctrl or Alt, and all can be switched off.
const OFF = "console-keys-off";
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";
const keys = document.getElementById("keys");
const off = document.getElementById("keys-off");

const areOff = () => {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false; // a browser that keeps nothing
  }
};

for (const help of document.querySelectorAll(".console-help")) {
  help.hidden = false;
  help.addEventListener("click", () => keys.showModal());
}

off.checked = areOff();
document.documentElement.toggleAttribute("data-keys-off", off.checked);
off.addEventListener("change", () => {
  try {
    localStorage.setItem(OFF, off.checked ? "1" : "0");
  } catch {
    // then it holds for this page
  }
  document.documentElement.toggleAttribute("data-keys-off", off.checked);
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (off.checked || keys.open) return;
  if (event.target.closest?.(TYPING) && event.key !== "Escape") return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const meant = document.querySelector(`[aria-keyshortcuts="${CSS.escape(key)}"]:not([hidden])`);
  if (!meant) return;
  event.preventDefault();
  meant.click();
});

// Refusing begins with the reason: the arrows choose it, from the one that is chosen already.
(document.querySelector(".console-reasons :checked") ?? document.querySelector(".console-reasons input"))?.focus();
