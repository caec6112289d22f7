// A light editor for a product's story. Without script the text stands in its textarea; what is sent is judged by the
// server either way. Only plain text is pasted: what other programs hang around it never gets in.
(() => {
  for (const field of document.querySelectorAll("[data-story] textarea")) start(field.closest("[data-story]"));

  function start(box) {
    const field = box.querySelector("textarea");
    const area = box.querySelector("[data-story-area]");
    const bar = box.querySelector("[role=toolbar]");
    const shown = new DOMParser().parseFromString(field.value, "text/html"); // inert: nothing in it runs or loads
    area.replaceChildren(...document.importNode(shown.body, true).childNodes);
    area.hidden = bar.hidden = false;
    field.hidden = true;
    for (const label of field.labels) label.hidden = true; // the heading names the editor
    document.execCommand("defaultParagraphSeparator", false, "p");

    bar.addEventListener("mousedown", (event) => event.preventDefault()); // the words stay chosen
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) act(button);
    });
    bar.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const buttons = [...bar.querySelectorAll("button")].filter((one) => one.offsetParent);
      const next = buttons[buttons.indexOf(document.activeElement) + step];
      if (next) next.focus();
    });
    area.addEventListener("paste", (event) => {
      event.preventDefault();
      document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
    });
    area.addEventListener("drop", (event) => event.preventDefault());
    area.addEventListener("input", keep);
    document.addEventListener("selectionchange", mark);

    function act(button) {
      area.focus();
      const { story: what, picture, words } = button.dataset;
      if (picture) {
        const image = new Image();
        Object.assign(image, { src: picture, alt: words });
        document.execCommand("insertHTML", false, `<p>${image.outerHTML}</p><p><br></p>`);
      } else if (what === "h2" || what === "h3") {
        const at = document.queryCommandValue("formatBlock").toLowerCase();
        document.execCommand("formatBlock", false, at === what ? "p" : what);
      } else document.execCommand(what);
      keep();
      mark();
    }

    function keep() {
      field.value = area.textContent.trim() || area.querySelector("img") ? area.innerHTML : "";
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function mark() {
      if (!area.contains(document.getSelection().anchorNode)) return;
      const block = document.queryCommandValue("formatBlock").toLowerCase();
      for (const button of bar.querySelectorAll("[data-story]")) {
        const what = button.dataset.story;
        const on = /^h[23]$/.test(what) ? block === what : document.queryCommandState(what);
        button.setAttribute("aria-pressed", String(on));
      }
    }
  }
})();
