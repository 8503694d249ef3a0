// Buttons that copy a text to be posted by hand; they show only where the browser can.

for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value);
    button.lastChild.textContent = "Copied";
  });
}
