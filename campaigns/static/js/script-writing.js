/* Counts a script while somebody writes, and times a rehearsal. Without it the page counts when it is saved. */

const WAIT_MS = 300;
const form = document.querySelector("[data-script-count]");

if (form) {
  const text = form.elements.text;
  const pace = form.elements.words_a_minute;
  const shown = form.querySelector("[data-script-measure]");
  const said = document.querySelector("[data-script-said]");
  let timer = 0;
  let asked = 0;

  async function count() {
    const number = ++asked;
    const body = new FormData();
    body.set("csrf_token", form.elements.csrf_token.value);
    body.set("text", text.value);
    body.set("words_a_minute", pace.value);
    body.set("kind", form.dataset.kind);
    body.set("episode", form.dataset.episode);
    try {
      const answer = await fetch(form.dataset.scriptCount, { method: "POST", body });
      if (!answer.ok || number !== asked) return;
      const found = await answer.json();
      shown.querySelector("span").textContent = found.words_text;
      shown.classList.toggle("is-over", found.is_over);
      said.textContent = found.said || "Nothing to read yet.";
    } catch {
      shown.querySelector("span").textContent = "It is counted again when you save: the office cannot be reached just now.";
    }
  }

  for (const field of [text, pace]) {
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(count, WAIT_MS);
    });
  }
}

const box = document.querySelector("[data-rehearse]");

if (box) {
  const time = box.querySelector("[data-rehearse-time]");
  const toggle = box.querySelector("[data-rehearse-toggle]");
  const say = box.querySelector("[data-rehearse-say]");
  const target = Number(box.dataset.seconds);
  let before = 0;
  let since = null;
  box.hidden = false;

  const passed = () => before + (since === null ? 0 : (performance.now() - since) / 1000);

  function draw() {
    const seconds = passed();
    const rest = (seconds % 60).toFixed(1).padStart(4, "0");
    time.textContent = `${Math.floor(seconds / 60)}:${rest}`;
    time.classList.toggle("is-over", target > 0 && seconds > target);
    if (since !== null) requestAnimationFrame(draw);
  }

  function tell() {
    const seconds = passed();
    if (!target) say.textContent = `${seconds.toFixed(1)} seconds.`;
    else if (seconds > target) say.textContent = `${(seconds - target).toFixed(1)} seconds too long.`;
    else say.textContent = `${(target - seconds).toFixed(1)} seconds to spare.`;
  }

  toggle.addEventListener("click", () => {
    if (since === null) {
      since = performance.now();
      toggle.querySelector("span").textContent = "Stop";
      say.textContent = "";
    } else {
      before = passed();
      since = null;
      toggle.querySelector("span").textContent = "Go on";
      tell();
    }
    draw();
  });

  box.querySelector("[data-rehearse-reset]").addEventListener("click", () => {
    before = 0;
    since = null;
    toggle.querySelector("span").textContent = "Start";
    say.textContent = "";
    draw();
  });
}
