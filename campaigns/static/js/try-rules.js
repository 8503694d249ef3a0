// Shows what keyword rules would do while one types them; nothing is saved.

const form = document.querySelector("form[data-try]");
const place = form?.querySelector("[data-tried]");
const PAUSE = 400;
let timer;
let turn = 0;

async function show() {
  const mine = ++turn;
  const answer = await fetch(form.dataset.try, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json" },
    credentials: "same-origin",
  });
  if (!answer.ok || mine !== turn) return;
  place.innerHTML = (await answer.json()).html;
}

if (form) {
  form.querySelector("[data-try-button]").hidden = true;
  for (const field of form.querySelectorAll("textarea")) {
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => show().catch(() => {}), PAUSE);
    });
  }
}
