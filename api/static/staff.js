// Keys, a suggestion while typing stops, a silent renewal of the claim, a copy button. Every page works without it.
"use strict";

document.documentElement.classList.add("scripted");

const { nextRow, previousRow } = document.body.dataset;
const inField = (element) =>
  element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement || element.isContentEditable ||
  (element instanceof HTMLInputElement && !["radio", "checkbox", "submit", "button"].includes(element.type));

let composing = false;
document.addEventListener("compositionstart", () => { composing = true; });
document.addEventListener("compositionend", () => { composing = false; });

function act(element) {
  if (element instanceof HTMLInputElement && element.type === "radio") {
    element.checked = true;
    element.focus();
  } else if (inField(element)) {
    element.focus();
  } else {
    element.click();
  }
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
  if (next) next.focus();
}

document.addEventListener("keydown", (event) => {
  // 229 is what some input methods send for every key of a conversion.
  if (composing || event.isComposing || event.keyCode === 229) return;
  const target = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = target.closest("form[data-preview]") || document.querySelector("form[data-submit]") ||
      document.querySelector("form[data-preview]");
    if (form) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-save]") || undefined);
    }
    return;
  }
  if (event.key === "Escape" && inField(target)) {
    target.blur();
    return;
  }
  if (inField(target) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === nextRow || event.key === previousRow) {
    event.preventDefault();
    move(event.key === nextRow ? 1 : -1);
    return;
  }
  const element = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (element) {
    event.preventDefault();
    act(element);
  }
});

// The suggestion follows the form by half a second of silence; an answer that comes late is thrown away.
const intake = document.querySelector("form[data-preview]");
if (intake) {
  const place = document.getElementById("preview");
  let timer = 0;
  let request = null;
  const ask = async () => {
    if (composing) return;
    if (request) request.abort();
    request = new AbortController();
    const mine = request;
    try {
      const answer = await fetch(intake.dataset.preview, {
        method: "POST",
        body: new URLSearchParams(new FormData(intake)),
        signal: mine.signal,
        headers: { Accept: "text/html" },
        redirect: "error",
      });
      if (answer.ok && mine === request) place.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") place.textContent = "いまは提案を出せません。案件はつくれます。";
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 500);
  };
  intake.addEventListener("input", later);
  intake.addEventListener("change", later);
  intake.addEventListener("compositionend", later);
}

const claim = document.body.dataset.claim;
if (claim) {
  const csrf = document.querySelector('input[name="csrf"]').value;
  setInterval(() => {
    if (!document.hidden) fetch(claim, { method: "POST", body: new URLSearchParams({ csrf }) }).catch(() => {});
  }, 5 * 60 * 1000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    button.textContent = "写しました";
  });
}
