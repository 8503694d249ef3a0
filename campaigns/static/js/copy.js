// Buttons that copy what stands beside them: data-copy names the element whose words are meant.

const SAID_FOR = 2_000;

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const word = button.firstElementChild.nextSibling;
  const before = word.textContent;
  try {
    await navigator.clipboard.writeText(source.textContent);
    word.textContent = "Copied";
  } catch {
    // Without permission the words are marked, so that the usual keys copy them.
    getSelection().selectAllChildren(source);
    word.textContent = "Marked: press Ctrl-C";
  }
  button.setAttribute("aria-live", "polite");
  setTimeout(() => (word.textContent = before), SAID_FOR);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (button.firstElementChild.nextSibling.textContent === "Copy") copy(button);
  });
}
