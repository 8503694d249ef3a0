// Dragging a block by its handle with mouse, pen or finger. The buttons and arrow keys do the same without dragging.

export function wireDragging(form, { place }) {
  const list = form.querySelector("[data-blocks]");
  let dragged = null;
  let target = null;

  const others = () => [...list.querySelectorAll(":scope > [data-block]")].filter((block) => block !== dragged);

  function clear() {
    for (const block of list.children) block.classList.remove("is-target", "is-target-after", "is-dragged");
  }

  function mark(y) {
    const blocks = others();
    const found = blocks.findIndex((block) => {
      const box = block.getBoundingClientRect();
      return y < box.top + box.height / 2;
    });
    target = found === -1 ? blocks.length : found;
    for (const block of blocks) block.classList.remove("is-target", "is-target-after");
    if (blocks[target]) blocks[target].classList.add("is-target");
    else blocks.at(-1)?.classList.add("is-target-after");
  }

  function scrollNear(y) {
    const edge = 80;
    if (y < edge) scrollBy(0, -12);
    else if (y > innerHeight - edge) scrollBy(0, 12);
  }

  list.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-handle]");
    if (!handle || event.button !== 0) return;
    dragged = handle.closest("[data-block]");
    target = null;
    handle.setPointerCapture(event.pointerId);
  });

  list.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    dragged.classList.add("is-dragged");
    scrollNear(event.clientY);
    mark(event.clientY);
  });

  list.addEventListener("pointerup", () => {
    if (!dragged) return;
    const block = dragged;
    clear();
    dragged = null;
    if (target !== null) place(block, target);
  });

  for (const name of ["pointercancel", "lostpointercapture"]) {
    list.addEventListener(name, () => {
      if (name === "lostpointercapture" && !dragged) return;
      clear();
      dragged = null;
    });
  }

  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !dragged) return;
    clear();
    dragged = null;
  });
}
