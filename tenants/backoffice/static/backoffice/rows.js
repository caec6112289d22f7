// Rows of a form that can be added, removed and put in order. The names follow Django's formsets:
// "sku-0-label", and "sku-TOTAL_FORMS" says how many there are. The order on the page is the order kept.
(() => {
  for (const section of document.querySelectorAll("[data-rows]")) start(section);

  function start(section) {
    const prefix = section.dataset.rows;
    const list = section.querySelector("[data-rows-list]");
    const said = section.querySelector("[data-rows-said]");
    section.addEventListener("click", (event) => {
      const row = event.target.closest("[data-row]");
      if (event.target.closest("[data-rows-add]")) add();
      else if (!row) return;
      else if (event.target.closest("[data-row-remove]")) remove(row);
      else if (event.target.closest("[data-row-up]")) move(row, row.previousElementSibling, "before");
      else if (event.target.closest("[data-row-down]")) move(row, row.nextElementSibling, "after");
    });
    section.addEventListener("htmx:afterSwap", number); // the server made the rows anew
    number();

    function add() {
      list.append(section.querySelector("template").content.cloneNode(true));
      number();
      list.lastElementChild.querySelector("input:not([type='hidden'])").focus();
      say("added");
    }

    function remove(row) {
      const next = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      number();
      (next?.querySelector("[data-row-remove]") || section.querySelector("[data-rows-add]")).focus();
      say("removed");
    }

    function move(row, neighbour, side) {
      if (!neighbour) return;
      const pressed = document.activeElement;
      neighbour[side](row);
      number();
      (pressed.disabled ? row.querySelector("[data-row-remove]") : pressed).focus();
      say("moved");
    }

    function number() {
      const rows = [...list.children];
      const names = new RegExp(`(^|\\b)(id_)?${prefix}-(\\d+|__prefix__)-`, "g");
      rows.forEach((row, at) => {
        for (const element of row.querySelectorAll("*")) {
          for (const attribute of ["name", "id", "for", "aria-describedby"]) {
            const value = element.getAttribute(attribute);
            if (value) element.setAttribute(attribute, value.replace(names, `$1$2${prefix}-${at}-`));
          }
        }
        row.querySelector("[data-row-up]").disabled = at === 0;
        row.querySelector("[data-row-down]").disabled = at === rows.length - 1;
      });
      section.querySelector(`[name="${prefix}-TOTAL_FORMS"]`).value = rows.length;
    }

    function say(what) {
      said.textContent = "";
      said.textContent = said.dataset[what];
    }
  }
})();
