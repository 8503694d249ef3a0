// The composer: 150 ms after the last key the server counts as the networks count, and shows how each would look.

const QUIET = 150;
const form = document.querySelector("form[data-compose]");
const side = document.querySelector("[data-side]");
const counts = document.querySelector("[data-counts]");
let waiting = 0;
let asked = 0;

function summarize() {
  counts.replaceChildren(
    ...[...side.querySelectorAll(".look-section")].map((section) => {
      const line = document.createElement("p");
      line.className = "count-line";
      const name = document.createElement("span");
      name.textContent = `${section.querySelector("h2").textContent}: `;
      const parts = [...section.querySelectorAll(".count-line")];
      line.append(name, ...parts.flatMap((part, at) => [at ? " / " : "", ...[...part.childNodes].map((node) => node.cloneNode(true))]));
      return line;
    }),
  );
}

async function look() {
  const mine = ++asked;
  const body = new FormData(form);
  body.delete("files");
  try {
    const answer = await fetch(form.dataset.compose, { method: "POST", headers: { Accept: "application/json" }, body });
    const facts = await answer.json();
    if (mine !== asked || !answer.ok) return;
    side.innerHTML = facts.side;
    summarize();
  } catch {
    // The page stays as it was; saving shows the counts too.
  }
}

form.addEventListener("input", (event) => {
  if (event.target.matches("[data-means-at]")) form.querySelector("#send_mode-at").checked = true;
  clearTimeout(waiting);
  waiting = setTimeout(look, QUIET);
});

form.addEventListener("change", (event) => {
  const isFile = event.target.matches("[data-submits]");
  // Pictures, and the fields of a channel that was just ticked, come with the saved page.
  if (isFile && event.target.files.length) form.requestSubmit();
});

summarize();
