// Deciding about stories with the keyboard: j and k move, x picks, s skips, m merges, o opens, n adds to a newsletter, u takes back. Without this file each button is a form.

import { toast } from "./toast.js";

const root = document.querySelector("[data-triage]");

function wire(form) {
  const list = form.querySelector("[data-stories]");
  const speaker = form.querySelector("[data-triage-say]");
  const all = () => [...list.querySelectorAll(":scope > [data-story]")];
  let current = null;
  let marked = null;
  let isBusy = false;

  const say = (words) => (speaker.textContent = words);
  const titleOf = (story) => story.querySelector(".story-title").textContent.trim();

  function choose(story, { focus = true } = {}) {
    current?.classList.remove("is-current");
    current = story ?? null;
    if (!current) return;
    current.classList.add("is-current");
    if (focus) {
      current.focus({ preventScroll: true });
      current.scrollIntoView({ block: "nearest" });
    }
  }

  function move(step) {
    const stories = all();
    if (!stories.length) return;
    const at = stories.indexOf(current);
    choose(stories[at < 0 ? 0 : Math.max(0, Math.min(stories.length - 1, at + step))]);
  }

  async function post(url, values) {
    const body = new FormData();
    body.set("csrf_token", form.querySelector("[name=csrf_token]").value);
    for (const [name, value] of values) body.append(name, value);
    const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" });
    const facts = await answer.json();
    if (!answer.ok) throw new Error(facts.detail);
    return facts;
  }

  function count(counts) {
    const names = { Waiting: "waiting", Picked: "picked", Skipped: "skipped" };
    for (const tab of document.querySelectorAll("nav[aria-label='Which stories'] a")) {
      const number = tab.querySelector(".small");
      const name = names[tab.firstChild.textContent.trim()];
      if (number && name) number.textContent = counts[name].toLocaleString("en-US");
    }
  }

  /** One thing at a time: what is asked while something is under way is passed over. */
  async function alone(work, failing = "That did not work. Please reload the page.") {
    if (isBusy) return;
    isBusy = true;
    try {
      await work();
    } catch (error) {
      toast(error.message || failing, {});
    } finally {
      isBusy = false;
    }
  }

  /** Let the server decide, then take the story off the page and go on with the one that follows. */
  function decide(story, value) {
    return alone(async () => {
      const facts = await post(form.action, [["do", value]]);
      const stories = all();
      const next = stories[stories.indexOf(story) + 1] ?? stories[stories.indexOf(story) - 1];
      const title = titleOf(story);
      story.remove();
      count(facts.counts);
      say(`${title}: ${facts.said}`);
      toast(facts.said, { act: takeBack });
      if (next) choose(next);
      else location.reload();
    });
  }

  function takeBack() {
    return alone(async () => {
      const facts = await post(form.dataset.undo, []);
      location.hash = `story-${facts.story}`;
      location.reload();
    }, "There is nothing to take back.");
  }

  function mark(story) {
    marked?.classList.remove("is-marked");
    marked = story;
    if (!story) return;
    story.classList.add("is-marked");
    say(`${titleOf(story)} is marked. Go to the story it belongs with and press M again; Escape ends this.`);
    toast("Marked. Go to the story it belongs with and press M again.", {});
  }

  function merge() {
    const story = current;
    if (!marked || marked === story) return mark(marked === story ? null : story);
    return alone(async () => {
      await post(form.action, [["do", "merge"], ["story", story.dataset.story], ["story", marked.dataset.story]]);
      location.hash = story.id;
      location.reload();
    });
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=do]");
    const story = event.target.closest("[data-story]");
    if (story) choose(story, { focus: false });
    if (!button || !story || !/^(pick|skip|wait):/.test(button.value)) return;
    event.preventDefault();
    decide(story, button.value);
  });

  list.addEventListener("focusin", (event) => {
    const story = event.target.closest("[data-story]");
    if (story && story !== current) choose(story, { focus: false });
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    if (key === "escape" && marked) mark(null);
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "u") takeBack();
    else if (!current) return;
    else if (key === "x" || key === "s") {
      const button = current.querySelector(`button[data-key="${key}"]`);
      if (button) decide(current, button.value);
    } else if (key === "m") merge();
    // The link is there only while no newsletter has the story.
    else if (key === "n") current.querySelector('a[data-key="n"]')?.click();
    else if (key === "o") location.assign(current.querySelector(".story-title a").href);
    else return;
    event.preventDefault();
  });

  for (const part of form.querySelectorAll("[data-js]")) part.hidden = false;
  const asked = location.hash.startsWith("#story-") && document.getElementById(location.hash.slice(1));
  choose(asked || all()[0], { focus: Boolean(asked) });
}

if (root) wire(root);
