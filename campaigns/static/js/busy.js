// Says that a form is being worked on, and takes no second press of its button.

for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button[type=submit]");
    const words = document.createElement("p");
    words.setAttribute("role", "status");
    words.textContent = form.dataset.busy;
    form.append(words);
    // After the browser has read the form: a disabled button would not be sent.
    setTimeout(() => { button.disabled = true; });
    window.addEventListener("pageshow", () => { button.disabled = false; words.remove(); }, { once: true });
  });
}
