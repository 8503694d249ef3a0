// Blocks of the editor: added, moved, doubled and removed in the page; the order of the list is the order that is saved.

import { toast } from "./toast.js";

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

function freshId() {
  const numbers = crypto.getRandomValues(new Uint8Array(9));
  return `b${[...numbers].map((number) => LETTERS[number % LETTERS.length]).join("")}`;
}

function withId(block, old, id) {
  const made = block.cloneNode(true);
  const pattern = new RegExp(`(^|[-:])${old}(?=$|-)`, "g");
  for (const part of [made, ...made.querySelectorAll("*")]) {
    for (const attribute of part.attributes) {
      if (attribute.name === "value" && part.name !== "do" && part.name !== "block") continue;
      attribute.value = attribute.value.replace(pattern, `$1${id}`);
    }
  }
  // What was typed is a property of the field and not part of its HTML.
  const before = block.querySelectorAll("input, textarea, select");
  made.querySelectorAll("input, textarea, select").forEach((field, index) => {
    if (["file", "hidden"].includes(field.type)) return;
    if (["checkbox", "radio"].includes(field.type)) field.checked = before[index].checked;
    else field.value = before[index].value;
  });
  return made;
}

function nameOf(block) {
  return block.querySelector(".block-kind").textContent.trim();
}

export function wireBlocks(form, { say, changed }) {
  const list = form.querySelector("[data-blocks]");
  const all = () => [...list.querySelectorAll(":scope > [data-block]")];
  const find = (id) => list.querySelector(`:scope > [data-block="${CSS.escape(id)}"]`);

  function tidy() {
    const blocks = all();
    form.querySelector("[data-no-blocks]").hidden = blocks.length > 0;
    blocks.forEach((block, index) => {
      block.querySelector('[value^="up:"]').disabled = index === 0;
      block.querySelector('[value^="down:"]').disabled = index === blocks.length - 1;
      const select = block.querySelector("[data-position]");
      select.replaceChildren(...blocks.map((_, place) => new Option(String(place + 1), String(place + 1), false, place === index)));
    });
  }

  /** Put a block at a place counted from zero, and say so. */
  function place(block, index) {
    const others = all().filter((other) => other !== block);
    const target = Math.max(0, Math.min(index, others.length));
    if (all().indexOf(block) === target) return;
    const focused = block.contains(document.activeElement) ? document.activeElement : null;
    if (others[target]) others[target].before(block);
    else list.append(block);
    tidy();
    if (focused && !focused.disabled) focused.focus();
    else if (focused) block.querySelector("[data-handle]").focus();
    say(`${nameOf(block)} is now block ${target + 1} of ${others.length + 1}.`);
    changed();
  }

  function show(block) {
    tidy();
    (block.querySelector(".block-body input:not([type=hidden]), .block-body textarea") ?? block.querySelector("[data-handle]")).focus();
    block.scrollIntoView({ block: "nearest" });
    changed();
  }

  function add(kind) {
    const id = freshId();
    const block = withId(form.querySelector(`template[data-new="${kind}"]`).content.firstElementChild, `new${kind}`, id);
    list.append(block);
    form.querySelector("details.add-block").open = false;
    show(block);
    say(`${nameOf(block)} added.`);
  }

  function copy(block) {
    const made = withId(block, block.dataset.block, freshId());
    for (const menu of made.querySelectorAll("details[data-menu]")) menu.open = false;
    block.after(made);
    show(made);
    say(`${nameOf(block)} duplicated.`);
  }

  function remove(block) {
    const index = all().indexOf(block);
    const next = all()[index + 1] ?? all()[index - 1];
    block.remove();
    tidy();
    (next?.querySelector("[data-handle]") ?? form.querySelector("details.add-block summary")).focus();
    changed();
    toast(`${nameOf(block)} removed.`, {
      act: () => {
        const after = all()[index];
        if (after) after.before(block);
        else list.append(block);
        show(block);
      },
    });
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=do]");
    if (!button) return;
    const [what, id] = button.value.split(":");
    const block = id && find(id);
    if (what === "add") add(id);
    else if (!block) return;
    else if (what === "up") place(block, all().indexOf(block) - 1);
    else if (what === "down") place(block, all().indexOf(block) + 1);
    else if (what === "move") place(block, Number(block.querySelector("[data-position]").value) - 1);
    else if (what === "copy") copy(block);
    else if (what === "delete") remove(block);
    else return;
    event.preventDefault();
    button.closest("details[data-menu]")?.removeAttribute("open");
  });

  list.addEventListener("keydown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || !["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    const block = handle.closest("[data-block]");
    const now = all().indexOf(block);
    place(block, { ArrowUp: now - 1, ArrowDown: now + 1, Home: 0, End: all().length }[event.key]);
  });

  tidy();
  return { place };
}
