// Questions before something happens, in a native dialog. Without this file a confirmation opens in the page itself.

function openDialog(title) {
  const dialog = document.createElement("dialog");
  if (title) dialog.setAttribute("aria-labelledby", title.id);
  document.body.append(dialog);
  return dialog;
}

let made = 0;

function titleOf(body) {
  const title = body.querySelector("h2");
  if (title && !title.id) title.id = `confirm-title-${(made += 1)}`;
  return title;
}

function askFromDetails(details) {
  const body = details.querySelector(".confirm-body");
  const dialog = openDialog(titleOf(body));
  dialog.append(body);
  const closer = body.querySelector("[data-confirm-close]");
  if (closer) {
    closer.hidden = false;
    closer.onclick = () => dialog.close();
  }
  dialog.addEventListener("close", () => {
    // The question goes back to its place, so that it can be asked again with what was typed.
    details.append(body);
    dialog.remove();
    details.querySelector("summary").focus();
  });
  dialog.showModal();
}

for (const details of document.querySelectorAll("details[data-confirm-details]")) {
  // With an error inside, the server sends the question open: it stays in the page.
  if (details.open) continue;
  details.querySelector("summary").addEventListener("click", (event) => {
    event.preventDefault();
    askFromDetails(details);
  });
}

function part(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

function askForForm(form, submitter) {
  const title = part("h2", { id: `confirm-title-${(made += 1)}`, textContent: form.dataset.confirm });
  const dialog = openDialog(title);
  const actions = part("div", { className: "confirm-actions" });
  const yes = part("button", {
    type: "button",
    className: form.dataset.confirmDanger === undefined ? "btn btn-primary" : "btn btn-danger",
    textContent: form.dataset.confirmYes || submitter?.textContent.trim() || "Yes",
  });
  const no = part("button", { type: "button", className: "btn", textContent: "Cancel" });
  actions.append(yes, no);
  dialog.append(title);
  if (form.dataset.confirmText) dialog.append(part("p", { textContent: form.dataset.confirmText }));
  dialog.append(actions);
  yes.onclick = () => {
    form.dataset.confirmed = "yes";
    dialog.close();
    form.requestSubmit(submitter ?? undefined);
  };
  no.onclick = () => dialog.close();
  dialog.addEventListener("close", () => {
    dialog.remove();
    submitter?.focus();
  });
  dialog.showModal();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm === undefined) return;
  if (form.dataset.confirmed === "yes") {
    delete form.dataset.confirmed;
    return;
  }
  event.preventDefault();
  askForForm(form, event.submitter);
});
