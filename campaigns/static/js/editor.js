// The newsletter editor: joins saving, blocks, pictures, Markdown buttons and the preview. Without it the page is an ordinary form.

import { wireBlocks } from "./editor-blocks.js";
import { wireDragging } from "./editor-drag.js";
import { wireImages } from "./editor-images.js";
import { wireMarks } from "./editor-marks.js";
import { wirePreview } from "./editor-preview.js";
import { Saving } from "./editor-save.js";

const form = document.querySelector("[data-editor]");

if (form) {
  const preview = wirePreview(document.querySelector("[data-preview]"));
  const saving = new Saving(form, preview.refresh);
  const speaker = document.querySelector("[data-editor-say]");
  const say = (words) => {
    speaker.textContent = words;
  };

  wireMarks(form);
  const blocks = wireBlocks(form, { say, changed: () => saving.note() });
  wireDragging(form, blocks);
  wireImages(form, { say, changed: () => saving.note() });

  // Leaving for the test or approval page, or stepping back, first keeps what was typed.
  for (const link of document.querySelectorAll("a[data-save-first]")) {
    link.addEventListener("click", async (event) => {
      if (!saving.isWaiting || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      if (await saving.flush()) location.assign(link.href);
    });
  }
  for (const step of document.querySelectorAll("[data-step]")) {
    step.addEventListener("click", async (event) => {
      if (!saving.isBusy) return;
      event.preventDefault();
      if (await saving.flush()) form.requestSubmit(step);
    });
  }
  // New blocks are copies of templates, whose content a query of the page does not reach.
  const pages = [document, ...[...form.querySelectorAll("template")].map((template) => template.content)];
  for (const page of pages) {
    for (const part of page.querySelectorAll("[data-js]")) part.hidden = false;
    for (const part of page.querySelectorAll("[data-no-js]")) part.hidden = true;
  }
}
