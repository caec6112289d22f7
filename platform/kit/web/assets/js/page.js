// The frame: menu on a phone, pop-up menus, copying, the line that shows a request under way
import { say } from "./toasts.js";
import { word } from "./words.js";

export function startPage(Alpine) {
  Alpine.data("frame", () => ({
    menuIsOpen: false,
    openMenu() {
      this.menuIsOpen = true;
      this.$nextTick(() => this.$root.querySelector(".menu-close").focus());
    },
    closeMenu() {
      if (!this.menuIsOpen) return;
      this.menuIsOpen = false;
      this.$root.querySelector(".menu-open").focus();
    },
  }));

  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.pop[open], details.hint[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) copyText(copy.dataset.copy);
    const filler = event.target.closest("[data-fill]");
    if (filler) fill(document.querySelector(filler.dataset.fill), filler.dataset.with);
    if (event.target.closest("[data-reload]")) location.reload();
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll("details.pop[open], details.hint[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });
}

// A suggestion taken: as if it had been typed
function fill(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No clipboard on a plain http address: the old way still works there
    const area = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say({ text: word("copied") });
}
