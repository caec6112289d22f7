// Dragging pictures into their order; the arrows under each do the same from the keyboard.
(() => {
  let dragged = null;

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-picture]") || null;
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (event) => {
    const over = event.target.closest?.("[data-picture]");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    over[event.clientX < box.left + box.width / 2 ? "before" : "after"](dragged);
  });
  document.addEventListener("drop", (event) => {
    if (dragged) event.preventDefault();
  });
  document.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged = null;
    const strip = document.getElementById("pictures");
    const ids = [...strip.querySelectorAll("[data-picture]")].map((picture) => picture.dataset.picture);
    window.htmx.ajax("POST", strip.dataset.order, { target: "#pictures", swap: "outerHTML", values: { ids } });
  });
})();
