// Pictures of the editor: a chosen file is sent at once, checked and made anew by the server, and shown.

export function wireImages(form, { say, changed }) {
  async function upload(input) {
    const block = input.closest("[data-block]");
    const words = block.querySelector("[data-image-say]");
    const body = new FormData();
    body.append("file", input.files[0]);
    words.textContent = "Uploading.";
    words.classList.add("is-busy");
    try {
      const answer = await fetch(form.dataset.images, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
        body,
      });
      const facts = await answer.json();
      if (!answer.ok) throw new Error(facts.detail);
      input.value = "";
      block.querySelector("[data-image-token]").value = facts.token;
      const picture = block.querySelector("[data-image-shown]");
      picture.src = facts.url;
      picture.hidden = false;
      words.textContent = "";
      const wasHere = document.activeElement === input;
      const choice = block.querySelector("[data-image-choice]");
      choice.open = false;
      choice.querySelector("summary").textContent = "Another image";
      if (wasHere) block.querySelector("input[name$='-alt']").focus();
      say("The image is in its place. Now say in the alt text what it shows.");
      changed();
    } catch (error) {
      words.textContent = error.message || "The image could not be uploaded. Please try again.";
    } finally {
      words.classList.remove("is-busy");
    }
  }

  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-image-file]") && event.target.files.length) upload(event.target);
  });
}
