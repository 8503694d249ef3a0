// Warns before leaving a form with unsaved words. An autosave dispatches "saved" on the form.

const changed = new Set();

for (const form of document.querySelectorAll("form[data-dirty]")) {
  form.addEventListener("input", () => changed.add(form));
  form.addEventListener("saved", () => changed.delete(form));
}

// On the window, so that a confirmation has had its say before.
window.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) changed.delete(event.target);
});

window.addEventListener("beforeunload", (event) => {
  if (changed.size) event.preventDefault();
});
