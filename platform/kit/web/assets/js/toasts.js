// Short messages at the top: from the server (HX-Trigger "toast", or written into the page) and about the network
import { word } from "./words.js";

const SHOWN_MS = 5000;
const SHOWN_WITH_UNDO_MS = 10000;
const ICON = { success: "circle-check", error: "circle-alert", warning: "triangle-alert", info: "info" };

export function startToasts(htmx) {
  document.addEventListener("DOMContentLoaded", () => [...(rack()?.children || [])].forEach((line) => { raise(); arm(line); }));
  document.body.addEventListener("toast", (event) => say(event.detail));
  document.body.addEventListener("htmx:sendError", (event) => say({ text: word("offline"), tone: "error", retry: () => again(htmx, event) }));
  document.body.addEventListener("htmx:timeout", (event) => say({ text: word("offline"), tone: "error", retry: () => again(htmx, event) }));
  document.body.addEventListener("htmx:responseError", (event) => {
    const reply = event.detail.xhr;
    if (/toast/.test(reply.getResponseHeader("HX-Trigger") || "")) return;
    say({ text: reply.status === 404 ? word("gone") : word("failed"), tone: "error", retry: reply.status >= 500 ? () => again(htmx, event) : null });
  });
}

export function say({ text, tone = "success", undo = null, retry = null }) {
  const line = document.createElement("div");
  line.className = `toast-line is-${tone}`;
  line.append(icon(ICON[tone] || "info"), Object.assign(document.createElement("span"), { textContent: text }));
  if (undo) line.append(undoForm(undo));
  if (retry) line.append(button(word("retry"), "undo", () => { line.remove(); retry(); }));
  line.append(button("×", "close", () => line.remove(), word("close")));
  for (const shown of [...rack().children]) if (shown.textContent === line.textContent) shown.remove();
  rack().append(line);
  raise();
  arm(line);
}

function rack() {
  return document.getElementById("toasts");
}

// A modal dialog lies in the browser's top layer; showing the popover again puts the messages above it
function raise() {
  const box = rack();
  if (!box.showPopover) return;
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
}

function arm(line) {
  line.querySelector("[data-close]")?.addEventListener("click", () => line.remove());
  if (line.classList.contains("is-error")) return;
  const shown = line.querySelector(".undo") ? SHOWN_WITH_UNDO_MS : SHOWN_MS;
  let timer = setTimeout(() => line.remove(), shown);
  line.addEventListener("pointerenter", () => clearTimeout(timer));
  line.addEventListener("pointerleave", () => (timer = setTimeout(() => line.remove(), shown)));
}

function undoForm(url) {
  const form = Object.assign(document.createElement("form"), { method: "post", action: url });
  const token = Object.assign(document.createElement("input"), { type: "hidden", name: "csrfmiddlewaretoken", value: csrfToken() });
  form.append(token, Object.assign(document.createElement("button"), { className: "undo", textContent: word("undo") }));
  return form;
}

function csrfToken() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
}

function again(htmx, event) {
  const { elt, requestConfig } = event.detail;
  htmx.ajax(requestConfig.verb.toUpperCase(), requestConfig.path, { source: elt, target: requestConfig.target });
}

function button(text, className, onClick, label = null) {
  const made = Object.assign(document.createElement("button"), { type: "button", className, textContent: text });
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", onClick);
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${rack().dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}
