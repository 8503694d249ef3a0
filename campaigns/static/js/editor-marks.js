// The buttons above a text: bold, italic, link, list and merge field write the Markdown for people who do not know it.

function insert(area, words, selectFrom, selectTo) {
  const start = area.selectionStart;
  area.focus();
  // execCommand is the one way that keeps the field's own undo.
  if (!document.execCommand("insertText", false, words)) area.setRangeText(words, start, area.selectionEnd, "end");
  area.setSelectionRange(start + selectFrom, start + selectTo);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function around(area, mark, otherwise) {
  const chosen = area.value.slice(area.selectionStart, area.selectionEnd);
  if (chosen.startsWith(mark) && chosen.endsWith(mark) && chosen.length > 2 * mark.length) {
    const bare = chosen.slice(mark.length, -mark.length);
    insert(area, bare, 0, bare.length);
    return;
  }
  const words = chosen || otherwise;
  insert(area, mark + words + mark, mark.length, mark.length + words.length);
}

function link(area) {
  const chosen = area.value.slice(area.selectionStart, area.selectionEnd);
  const words = chosen || "words of the link";
  const address = "https://";
  const from = words.length + 3;
  insert(area, `[${words}](${address})`, chosen ? from : 1, chosen ? from + address.length : 1 + words.length);
}

function list(area) {
  const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  area.setSelectionRange(start, Math.max(area.selectionEnd, start));
  const chosen = area.value.slice(start, area.selectionEnd) || "First point";
  const lines = chosen.split("\n").map((line) => (line.startsWith("- ") ? line.slice(2) : `- ${line}`));
  const words = (start > 1 && !area.value.slice(0, start).endsWith("\n\n") ? "\n" : "") + lines.join("\n");
  insert(area, words, words.length, words.length);
}

const MARKS = {
  bold: (area) => around(area, "**", "bold words"),
  italic: (area) => around(area, "*", "words in italics"),
  link,
  list,
};

const KEYS = { b: "bold", i: "italic", k: "link" };

export function wireMarks(form) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark], [data-merge]");
    if (!button) return;
    const area = document.getElementById(button.closest("[data-marks-for]").dataset.marksFor);
    if (button.dataset.mark) MARKS[button.dataset.mark](area);
    else {
      area.focus();
      insert(area, button.dataset.merge, button.dataset.merge.length, button.dataset.merge.length);
    }
    button.closest("details[data-menu]")?.removeAttribute("open");
  });

  form.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const mark = KEYS[event.key.toLowerCase()];
    if (!mark || !event.target.matches("textarea[data-markdown]")) return;
    event.preventDefault();
    MARKS[mark](event.target);
  });
}
