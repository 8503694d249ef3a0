// What was just done, with a way back: lines with data-toast float for a while, longer when somebody looks at them.

const SHOWN_FOR = 20_000;

function float(line) {
  line.classList.add("is-floating");
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => line.remove(), SHOWN_FOR);
  };
  const hold = () => clearTimeout(timer);
  line.addEventListener("pointerenter", hold);
  line.addEventListener("pointerleave", wait);
  line.addEventListener("focusin", hold);
  line.addEventListener("focusout", wait);
  wait();
}

/** Show words at the foot of the page; with `act`, a button named `label` that calls it. */
export function toast(text, { label = "Undo", act } = {}) {
  document.querySelector(".toast-line.is-floating")?.remove();
  const line = Object.assign(document.createElement("div"), { className: "toast-line" });
  line.setAttribute("role", "status");
  document.body.append(line);
  line.append(Object.assign(document.createElement("p"), { textContent: text }));
  if (act) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "btn btn-sm",
      textContent: label,
    });
    button.onclick = () => {
      line.remove();
      act();
    };
    line.append(button);
  }
  float(line);
  return line;
}

for (const line of document.querySelectorAll("[data-toast]")) float(line);
