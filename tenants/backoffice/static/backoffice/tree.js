// Dragging categories in their tree: a category dropped on another comes before it on its level. The arrows and the
// form beside each do the same from the keyboard; the server judges what may stand where.
(() => {
  let dragged = null;

  const shelfAt = (event) => event.target.closest?.("[data-shelf]") || null;

  document.addEventListener("dragstart", (event) => {
    dragged = shelfAt(event);
    if (dragged) event.dataTransfer.effectAllowed = "move";
  });
  document.addEventListener("dragover", (event) => {
    if (dragged && shelfAt(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const over = shelfAt(event);
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const tree = document.getElementById("tree");
    const moving = branch(dragged);
    if (moving.includes(over)) return;
    dragged.dataset.parent = over.dataset.parent;
    const box = over.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) over.before(...moving);
    else branch(over).at(-1).after(...moving);
    const places = [...tree.querySelectorAll("[data-shelf]")].map((one) => `${one.dataset.shelf}:${one.dataset.parent}`);
    window.htmx.ajax("POST", tree.dataset.tree, { target: "#tree", swap: "outerHTML", values: { places } });
  });
  document.addEventListener("dragend", () => {
    dragged = null;
  });

  // A category with all that stands in it: the rows after it that are deeper
  function branch(first) {
    const rows = [first];
    for (let next = first.nextElementSibling; next; next = next.nextElementSibling) {
      if (Number(next.dataset.level) <= Number(first.dataset.level)) break;
      rows.push(next);
    }
    return rows;
  }
})();
