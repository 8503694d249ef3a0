// The preview beside the editor: refreshed after each save, where one was reading; its tabs and its reader change it in place.

export function wirePreview(root) {
  if (!root) return { refresh() {} };
  const frame = root.querySelector("iframe");
  const tabs = [...root.querySelectorAll("[data-view]")];
  const reader = root.querySelector("[data-reader]");
  let view = frame.dataset.view;
  let place = 0;

  function address() {
    const url = new URL(frame.dataset.url, location.href);
    url.searchParams.set("view", view);
    if (reader.value) url.searchParams.set("reader", reader.value);
    return url.href;
  }

  function refresh() {
    place = frame.contentWindow?.scrollY ?? 0;
    // Replacing keeps the browser's back button for pages.
    frame.contentWindow.location.replace(address());
  }

  frame.addEventListener("load", () => frame.contentWindow?.scrollTo(0, place));

  for (const tab of tabs) {
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      view = tab.dataset.view;
      frame.className = `preview preview-${view}`;
      for (const other of tabs) other.toggleAttribute("aria-current", false);
      tab.setAttribute("aria-current", "true");
      refresh();
      place = 0;
    });
  }
  reader.addEventListener("change", refresh);
  reader.form.addEventListener("submit", (event) => {
    event.preventDefault();
    refresh();
  });
  return { refresh };
}
