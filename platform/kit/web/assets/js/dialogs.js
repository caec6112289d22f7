// Drawers, the confirm dialog and the search box. All are native <dialog>s: the browser keeps the focus
// inside, closes on Esc and makes the page behind inert; we add the address and the way back.
let opener = null;
let addressBehind = null;

export function startDialogs(htmx) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-drawer]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      openDrawer(htmx, link);
    }
    const closer = event.target.closest("[data-close-dialog]");
    if (closer) {
      event.preventDefault();
      closer.closest("dialog")?.close();
    }
    if (event.target.closest("[data-open-finder]")) openFinder();
    if (event.target.matches("dialog") && outside(event)) event.target.close();
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "drawer") showDrawer(htmx);
  });
  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k" && document.getElementById("finder")) {
      event.preventDefault();
      openFinder();
    }
  });
  // A search field takes the first Esc for itself, to empty it
  document.getElementById("finder")?.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.getElementById("finder").close();
  });
  document.addEventListener("submit", askFirst, true);
  window.addEventListener("popstate", () => {
    if (addressBehind === null) return;
    addressBehind = null;
    document.querySelector("#drawer dialog")?.close();
  });
}

function outside(event) {
  const box = event.target.getBoundingClientRect();
  const inBox = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  return !inBox && !(event.clientX === 0 && event.clientY === 0);
}

function openDrawer(htmx, link) {
  opener = link;
  link.setAttribute("aria-busy", "true");
  htmx.ajax("GET", link.href, { source: link, target: "#drawer", swap: "innerHTML" }).finally(() => link.removeAttribute("aria-busy"));
}

// Runs after the first load and after every answer to the drawer's own form (a 422 brings the form back)
function showDrawer(htmx) {
  const dialog = document.querySelector("#drawer dialog");
  if (!dialog) return;
  for (const form of dialog.querySelectorAll("form[method='post']:not([hx-post])")) {
    form.setAttribute("hx-post", form.getAttribute("action") || dialog.dataset.address);
    form.setAttribute("hx-target", "#drawer");
    form.setAttribute("hx-swap", "innerHTML");
    htmx.process(form);
  }
  if (addressBehind === null) {
    addressBehind = location.pathname + location.search;
    history.pushState(null, "", dialog.dataset.address);
  }
  dialog.showModal();
  (dialog.querySelector("[aria-invalid='true']") || dialog.querySelector("[autofocus]"))?.focus();
  dialog.addEventListener("close", closeDrawer, { once: true });
}

function closeDrawer(event) {
  if (!event.target.isConnected) return;
  document.getElementById("drawer").replaceChildren();
  if (addressBehind !== null) history.replaceState(null, "", addressBehind);
  addressBehind = null;
  (opener?.isConnected ? opener : document.getElementById("main"))?.focus();
}

function openFinder() {
  const dialog = document.getElementById("finder");
  if (dialog.open) return;
  dialog.showModal();
  dialog.querySelector("input").select();
}

// <form data-ask="title" …>, or one of its buttons: the question stands between the click and the request, for plain and htmx forms alike
function askFirst(event) {
  const form = event.target;
  const submitter = event.submitter;
  const asking = submitter?.dataset.ask ? submitter.dataset : form.dataset;
  if (!asking.ask || form.dataset.answered) {
    delete form.dataset.answered;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  const dialog = document.getElementById("ask");
  const back = document.activeElement;
  dialog.querySelector("[data-ask-title]").textContent = asking.ask;
  fill(dialog.querySelector("[data-ask-body]"), asking.askBody);
  fill(dialog.querySelector("[data-ask-amount]"), asking.askAmount);
  const yes = dialog.querySelector("[data-ask-yes]");
  yes.textContent = asking.askYes || yes.dataset.usual;
  yes.className = `btn ${asking.askTone === "danger" ? "btn-error" : "btn-primary"}`;
  dialog.returnValue = "";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "yes") {
      form.dataset.answered = "yes";
      form.requestSubmit(submitter);
    } else {
      back?.focus();
    }
  }, { once: true });
  dialog.showModal();
}

function fill(element, text) {
  element.textContent = text || "";
  element.hidden = !text;
}
