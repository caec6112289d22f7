// Lists: filters that fold up on a phone, rows picked for a batch action
export function startLists(Alpine) {
  // On a phone a bar of many filters is folded up to its search; what is filtered by is always shown
  Alpine.data("filters", () => ({
    isOpen: false,
    init() {
      this.isOpen = this.$root.hasAttribute("data-open");
    },
    turn() {
      this.isOpen = !this.isOpen;
      this.$root.toggleAttribute("data-open", this.isOpen);
    },
  }));
  Alpine.data("picking", () => ({
    picked: 0,
    init() {
      this.count();
    },
    get anyPicked() {
      return this.picked > 0;
    },
    boxes() {
      return [...this.$root.querySelectorAll("td.pick input[type='checkbox']")];
    },
    pickAll() {
      for (const box of this.boxes()) box.checked = this.$event.target.checked;
      this.count();
    },
    pickNone() {
      for (const box of this.boxes()) box.checked = false;
      this.count();
    },
    count() {
      const boxes = this.boxes();
      for (const box of boxes) box.closest("tr").classList.toggle("is-picked", box.checked);
      this.picked = boxes.filter((box) => box.checked).length;
      const all = this.$root.querySelector("th.pick input");
      if (!all) return;
      all.checked = boxes.length > 0 && this.picked === boxes.length;
      all.indeterminate = this.picked > 0 && this.picked < boxes.length;
    },
  }));
}
