// Menus made of <details>: one open at a time; Escape, a click elsewhere or moving on closes them.

const menus = [...document.querySelectorAll("details[data-menu]")];

function close(menu, takeFocus) {
  if (!menu.open) return;
  menu.open = false;
  if (takeFocus) menu.querySelector("summary").focus();
}

for (const menu of menus) {
  menu.addEventListener("toggle", () => {
    if (!menu.open) return;
    for (const other of menus) if (other !== menu && !other.contains(menu)) close(other, false);
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) close(menu, false);
  });
}

document.addEventListener("click", (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) close(menu, false);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = menus.filter((menu) => menu.open);
  // The innermost menu closes first: the account menu stands inside the phone's menu.
  const last = open.find((menu) => !open.some((other) => other !== menu && menu.contains(other)));
  if (last) close(last, true);
});
