// Autosave: what is typed goes to the server a moment later, with the version it was typed on; nothing is overwritten silently.

const PAUSE = 1200;
const LONGEST = 5000;
const SLOWEST = 30_000;

export class Saving {
  constructor(form, done) {
    this.form = form;
    this.done = done;
    this.line = document.querySelector("[data-saved-line]");
    this.conflict = document.querySelector("[data-conflict]");
    this.isWaiting = false;
    this.isHeld = Boolean(this.conflict?.querySelector("[data-keep-mine]"));
    this.changes = 0;
    this.retry = PAUSE;
    form.addEventListener("input", () => this.note());
    // A page left in the background may never be seen again.
    document.addEventListener("visibilitychange", () => document.hidden && this.isWaiting && this.save());
  }

  /** Something was changed: save soon, at the latest after five seconds of typing. */
  note() {
    this.changes += 1;
    if (!this.isWaiting) this.firstAt = Date.now();
    this.isWaiting = true;
    if (this.isHeld) return;
    this.write("Not saved yet", "edit");
    clearTimeout(this.timer);
    const left = Math.max(0, this.firstAt + LONGEST - Date.now());
    this.timer = setTimeout(() => this.save(), Math.min(PAUSE, left));
  }

  /** Whether something typed is not saved yet, or is just being saved. */
  get isBusy() {
    return this.isWaiting || Boolean(this.running);
  }

  /** Save now; resolves to whether everything typed is kept. */
  async flush() {
    clearTimeout(this.timer);
    if (this.isBusy) await this.save();
    return !this.isWaiting;
  }

  async save() {
    if (this.isHeld) return;
    await this.running;
    if (!this.isWaiting || this.isHeld) return;
    clearTimeout(this.timer);
    this.running = this.send();
    await this.running;
    this.running = null;
  }

  async send() {
    const counted = this.changes;
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (typeof value === "string") fields.append(name, value);
    this.write("Saving", "clock");
    try {
      const answer = await fetch(this.form.dataset.autosave, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": this.form.elements.csrf_token.value },
        body: fields,
      });
      if (answer.redirected) {
        this.again("Not saved: you were signed out. Sign in again in another tab.");
        return;
      }
      const facts = await answer.json();
      if (answer.status === 409 && facts.conflict) this.ask(facts);
      else if (answer.ok) this.saved(facts, counted);
      else this.refused(facts);
    } catch {
      this.again("Not saved: the server did not answer. Trying again.");
    }
  }

  again(words) {
    this.write(words, "warning");
    this.timer = setTimeout(() => this.save(), this.retry);
    this.retry = Math.min(this.retry * 2, SLOWEST);
  }

  saved(facts, counted) {
    this.retry = PAUSE;
    this.form.elements.version.value = facts.version;
    this.write(facts.saved, "check");
    for (const [name, words] of Object.entries(facts.words)) {
      for (const place of document.querySelectorAll(`[data-part="${name}"]`)) place.textContent = words;
    }
    const checks = document.querySelector("[data-checks]");
    if (checks.innerHTML !== facts.checks) checks.innerHTML = facts.checks;
    for (const field of this.form.querySelectorAll('[aria-invalid="true"]')) field.removeAttribute("aria-invalid");
    for (const name of ["undo", "redo"]) {
      const button = document.querySelector(`[data-step][value="${name}"]`);
      if (button) button.disabled = !facts[`may_${name}`];
    }
    if (counted === this.changes) {
      this.isWaiting = false;
      this.form.dispatchEvent(new Event("saved"));
    } else {
      this.timer = setTimeout(() => this.save(), PAUSE);
      this.firstAt = Date.now();
    }
    this.done();
  }

  refused(facts) {
    const errors = Object.entries(facts.errors ?? {});
    for (const [name] of errors) this.form.elements[name]?.setAttribute?.("aria-invalid", "true");
    this.write(`Not saved: ${errors.map(([, words]) => words).join(" ") || facts.detail || "please reload the page."}`, "warning");
  }

  ask(facts) {
    this.isHeld = true;
    this.write("Not saved: somebody else changed this", "warning");
    this.conflict.innerHTML = facts.conflict;
    this.conflict.hidden = false;
    this.conflict.querySelector("[data-keep-mine]").addEventListener("click", (event) => {
      event.preventDefault();
      this.form.elements.version.value = facts.version;
      this.isHeld = false;
      this.conflict.hidden = true;
      this.conflict.replaceChildren();
      this.save();
      this.form.elements.subject.focus();
    });
    this.conflict.querySelector("[data-take-theirs]").addEventListener("click", () => {
      this.form.dispatchEvent(new Event("saved"));
    });
    this.conflict.querySelector("h2").focus();
  }

  write(words, icon) {
    const place = this.line.querySelector("[data-saved-words]");
    if (place.textContent === words) return;
    place.textContent = words;
    for (const drawing of this.line.querySelectorAll("[data-drawing]")) drawing.hidden = drawing.dataset.drawing !== icon;
  }
}
