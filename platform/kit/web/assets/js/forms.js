// Small helps inside forms; every form works without them
export function startForms(Alpine) {
  // "发送验证码" with its countdown. The seconds come from the server's answer: data-seconds-left.
  Alpine.data("countdown", () => ({
    left: 0,
    init() {
      this.left = Number(this.$el.dataset.secondsLeft || 0);
      if (this.left > 0) this.tick();
    },
    tick() {
      const timer = setInterval(() => {
        this.left -= 1;
        if (this.left <= 0) clearInterval(timer);
      }, 1000);
    },
    get isWaiting() {
      return this.left > 0;
    },
    get isReady() {
      return this.left <= 0;
    },
  }));

  Alpine.data("chosenFile", () => ({
    name: "",
    get isEmpty() {
      return this.name === "";
    },
    choose() {
      this.name = [...this.$event.target.files].map((file) => file.name).join("，");
    },
  }));

  Alpine.data("secret", () => ({
    isShown: false,
    get isHidden() {
      return !this.isShown;
    },
    toggle() {
      this.isShown = !this.isShown;
      this.$root.querySelector("input").type = this.isShown ? "text" : "password";
    },
  }));

  // One request per press: a second press while the first is under way does nothing
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    else form.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy")));
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
}
