// Live progress: a small JSON each second fills words and bars, until it says that it is done.

const SECOND = 1000;
const SLOWEST = 30 * SECOND;

function fill(root, facts) {
  for (const place of root.querySelectorAll("[data-poll-field]")) {
    const value = facts[place.dataset.pollField];
    if (value === undefined || value === null) continue;
    const words = typeof value === "number" ? value.toLocaleString("en-US") : String(value);
    if (place.textContent !== words) place.textContent = words;
  }
  for (const bar of root.querySelectorAll("[data-poll-bar]")) {
    const name = bar.dataset.pollBar;
    if (facts[`${name}_total`] !== undefined) bar.max = facts[`${name}_total`] || 1;
    if (facts[name] !== undefined) bar.value = facts[name];
  }
}

function say(root, words) {
  const place = root.querySelector("[data-poll-say]");
  if (place && words && place.textContent !== words) place.textContent = words;
}

async function ask(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function start(root) {
  let pause = SECOND;
  let state;

  async function turn() {
    if (document.hidden) {
      document.addEventListener("visibilitychange", turn, { once: true });
      return;
    }
    try {
      const facts = await ask(root.dataset.poll);
      fill(root, facts);
      say(root, facts.say);
      const now = facts.phase ?? facts.state;
      const changed = state !== undefined && now !== undefined && state !== now;
      state = now ?? state;
      if ((facts.done || changed) && root.dataset.pollReload !== undefined) {
        location.reload();
        return;
      }
      if (facts.done) return;
      pause = SECOND;
    } catch {
      // The server may be starting again; ask less often until it answers.
      pause = Math.min(pause * 2, SLOWEST);
    }
    setTimeout(turn, pause);
  }

  turn();
}

for (const root of document.querySelectorAll("[data-poll]")) start(root);
