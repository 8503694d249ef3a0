// Light, dark or as the system says: the choice is kept in this browser only.

const KEY = "outreach-colors";
const root = document.documentElement;

function chosen() {
  try {
    return localStorage.getItem(KEY) || "auto";
  } catch {
    return "auto";
  }
}

function apply(choice) {
  if (choice === "auto") root.removeAttribute("data-bs-theme");
  else root.setAttribute("data-bs-theme", choice);
  for (const button of document.querySelectorAll("[data-theme-switch] button")) {
    button.setAttribute("aria-pressed", String(button.value === choice));
  }
}

function keep(choice) {
  try {
    if (choice === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // Without storage the choice holds for this page only.
  }
}

function connect() {
  for (const group of document.querySelectorAll("[data-theme-switch]")) {
    group.hidden = false;
    group.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      keep(button.value);
      apply(button.value);
    });
  }
  apply(chosen());
}

apply(chosen());
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", connect);
else connect();
window.addEventListener("storage", (event) => event.key === KEY && apply(chosen()));
