// Quick exit: the link covers the page at once and replaces it in the history; so does Shift pressed three times within five seconds.

const WINDOW = 5000;
const link = document.querySelector("[data-exit]");
const status = document.querySelector("[data-exit-status]");
const dots = link.querySelector("[data-exit-dots]");
const presses = [];
let timer;
let isOtherKeyHeld = false;

function cover() {
  const sheet = Object.assign(document.createElement("div"), { className: "exit-cover" });
  sheet.setAttribute("role", "alert");
  sheet.append(Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: link.dataset.exitLeaving }));
  document.body.append(sheet);
  document.body.classList.add("is-leaving");
  document.title = "\u200b";
}

function leave() {
  cover();
  location.replace(link.href);
}

function show(count) {
  dots.hidden = count === 0;
  [...dots.children].forEach((dot, index) => dot.classList.toggle("is-on", index < count));
}

function forget(isSpoken) {
  clearTimeout(timer);
  presses.length = 0;
  show(0);
  status.textContent = isSpoken ? link.dataset.exitExpired : "";
}

function press() {
  clearTimeout(timer);
  presses.push(performance.now());
  while (presses[0] < performance.now() - WINDOW) presses.shift();
  show(presses.length);
  if (presses.length >= 3) {
    leave();
    return;
  }
  status.textContent = presses.length === 1 ? link.dataset.exitOnce : link.dataset.exitTwice;
  timer = setTimeout(() => forget(true), WINDOW - (performance.now() - presses[0]));
}

link.querySelector("[data-exit-hint]").hidden = false;

link.addEventListener("click", (event) => {
  event.preventDefault();
  leave();
});

// Shift counts when it is let go alone: a capital letter is not a wish to leave.
document.addEventListener("keydown", (event) => {
  if (event.key === "Shift") {
    if (!event.repeat) isOtherKeyHeld = event.ctrlKey || event.altKey || event.metaKey;
    return;
  }
  isOtherKeyHeld = true;
  if (presses.length) forget(false);
});

document.addEventListener("keyup", (event) => {
  if (event.key === "Shift" && !isOtherKeyHeld) press();
});

// A browser may show the old page again from its memory.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.body.classList.remove("is-leaving");
  document.querySelector(".exit-cover")?.remove();
  forget(false);
});
