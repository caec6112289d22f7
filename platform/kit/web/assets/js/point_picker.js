// Choosing a point: a neutral plane around the city's centre (Web Mercator, so that a tile address set on
// the element fits under it), a marker to drag, and two number fields that always say the same.
const SVG = "http://www.w3.org/2000/svg";
const TILE = 256;
const ZOOM_MIN = 9;
const ZOOM_MAX = 18;

export function startPointPickers() {
  const start = (root) => root.querySelectorAll("[data-point-picker]:not([data-ready])").forEach((element) => new PointPicker(element));
  document.addEventListener("DOMContentLoaded", () => start(document));
  document.addEventListener("htmx:load", (event) => start(event.detail.elt.parentNode || document));
}

class PointPicker {
  constructor(root) {
    root.dataset.ready = "yes";
    this.svg = root.querySelector("svg.ground");
    this.lat = root.querySelector("[data-lat] input");
    this.lng = root.querySelector("[data-lng] input");
    this.tiles = root.dataset.tiles || "";
    this.zoom = Number(root.dataset.zoom || 13);
    this.centre = this.typed() || { lat: Number(root.dataset.centreLat), lng: Number(root.dataset.centreLng) };
    this.others = JSON.parse(root.querySelector("script[type='application/json']")?.textContent || "[]");
    this.listen(root);
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  listen(root) {
    this.svg.addEventListener("pointerdown", (event) => this.grab(event));
    this.svg.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("wheel", (event) => { event.preventDefault(); this.zoomBy(event.deltaY < 0 ? 1 : -1); }, { passive: false });
    root.querySelector("[data-zoom-in]").addEventListener("click", () => this.zoomBy(1));
    root.querySelector("[data-zoom-out]").addEventListener("click", () => this.zoomBy(-1));
    for (const field of [this.lat, this.lng]) {
      field.addEventListener("change", () => {
        if (this.typed()) this.centre = this.typed();
        this.draw();
      });
    }
  }

  typed() {
    const lat = Number.parseFloat(this.lat.value);
    const lng = Number.parseFloat(this.lng.value);
    return Math.abs(lat) <= 85 && Math.abs(lng) <= 180 ? { lat, lng } : null;
  }

  // World pixels at the present zoom, and back
  toWorld({ lat, lng }) {
    const size = TILE * 2 ** this.zoom;
    const sine = Math.sin((lat * Math.PI) / 180);
    return { x: ((lng + 180) / 360) * size, y: (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size };
  }

  toPlace({ x, y }) {
    const size = TILE * 2 ** this.zoom;
    return { lng: (x / size) * 360 - 180, lat: (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / size))) * 180) / Math.PI };
  }

  corner() {
    const middle = this.toWorld(this.centre);
    return { x: middle.x - this.svg.clientWidth / 2, y: middle.y - this.svg.clientHeight / 2 };
  }

  onPlane(place) {
    const world = this.toWorld(place);
    const corner = this.corner();
    return { x: world.x - corner.x, y: world.y - corner.y };
  }

  put(place) {
    this.lat.value = place.lat.toFixed(6);
    this.lng.value = place.lng.toFixed(6);
    for (const field of [this.lat, this.lng]) field.dispatchEvent(new Event("input", { bubbles: true }));
    this.draw();
  }

  // A press that does not move sets the marker; a drag moves the marker if it began there, else the plane
  grab(event) {
    const onMarker = event.target.closest(".marker") !== null;
    const from = { x: event.clientX, y: event.clientY };
    const centreThen = this.toWorld(this.centre);
    let moved = false;
    const move = (now) => {
      moved ||= Math.hypot(now.clientX - from.x, now.clientY - from.y) > 4;
      if (!moved) return;
      if (onMarker) this.put(this.under(now));
      else {
        this.centre = this.toPlace({ x: centreThen.x - (now.clientX - from.x), y: centreThen.y - (now.clientY - from.y) });
        this.draw();
      }
    };
    const drop = (now) => {
      this.svg.removeEventListener("pointermove", move);
      if (!moved) this.put(this.under(now));
    };
    this.svg.setPointerCapture(event.pointerId);
    this.svg.addEventListener("pointermove", move);
    this.svg.addEventListener("pointerup", drop, { once: true });
  }

  under(event) {
    const box = this.svg.getBoundingClientRect();
    const corner = this.corner();
    return this.toPlace({ x: corner.x + event.clientX - box.left, y: corner.y + event.clientY - box.top });
  }

  key(event) {
    const step = event.shiftKey ? 40 : 8;
    const moves = { ArrowUp: [0, -step], ArrowDown: [0, step], ArrowLeft: [-step, 0], ArrowRight: [step, 0] };
    if (moves[event.key]) {
      event.preventDefault();
      const world = this.toWorld(this.typed() || this.centre);
      this.put(this.toPlace({ x: world.x + moves[event.key][0], y: world.y + moves[event.key][1] }));
      this.keepInSight();
    } else if (event.key === "+" || event.key === "=") this.zoomBy(1);
    else if (event.key === "-") this.zoomBy(-1);
  }

  keepInSight() {
    const spot = this.onPlane(this.typed());
    if (spot.x > 24 && spot.y > 40 && spot.x < this.svg.clientWidth - 24 && spot.y < this.svg.clientHeight - 16) return;
    this.centre = this.typed();
    this.draw();
  }

  zoomBy(step) {
    this.zoom = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, this.zoom + step));
    this.draw();
  }

  draw() {
    if (!this.svg.clientWidth) return;
    this.svg.replaceChildren(this.tiles ? this.tileLayer() : this.gridLayer(), ...this.others.map((point) => this.otherPoint(point)), this.scale());
    if (this.typed()) this.svg.append(this.marker());
  }

  // Streets of a made-up town: lines every 250 m and lanes between, so that distance can be felt
  gridLayer() {
    const layer = element("g", {});
    const corner = this.corner();
    const metre = this.pixelsPerMetre();
    const block = 250 * metre * (this.zoom < 12 ? 8 : this.zoom < 14 ? 2 : 1);
    const { clientWidth: wide, clientHeight: high } = this.svg;
    for (let index = Math.floor(corner.x / block); index * block < corner.x + wide; index += 1) {
      for (let row = Math.floor(corner.y / block); row * block < corner.y + high; row += 1) {
        if ((index * 7 + row * 13) % 11 === 0) layer.append(element("rect", { class: "park", x: index * block - corner.x, y: row * block - corner.y, width: block, height: block }));
      }
    }
    for (let x = Math.ceil(corner.x / block) * block; x < corner.x + wide; x += block) {
      layer.append(line("street", x - corner.x, 0, x - corner.x, high), line("lane", x - corner.x + block / 2, 0, x - corner.x + block / 2, high));
    }
    for (let y = Math.ceil(corner.y / block) * block; y < corner.y + high; y += block) {
      layer.append(line("street", 0, y - corner.y, wide, y - corner.y), line("lane", 0, y - corner.y + block / 2, wide, y - corner.y + block / 2));
    }
    return layer;
  }

  tileLayer() {
    const layer = element("g", {});
    const corner = this.corner();
    for (let x = Math.floor(corner.x / TILE); x * TILE < corner.x + this.svg.clientWidth; x += 1) {
      for (let y = Math.floor(corner.y / TILE); y * TILE < corner.y + this.svg.clientHeight; y += 1) {
        const href = this.tiles.replace("{z}", this.zoom).replace("{x}", x).replace("{y}", y);
        layer.append(element("image", { href, x: x * TILE - corner.x, y: y * TILE - corner.y, width: TILE, height: TILE }));
      }
    }
    return layer;
  }

  otherPoint(point) {
    const spot = this.onPlane(point);
    const group = element("g", { class: "old" });
    group.append(element("circle", { cx: spot.x, cy: spot.y, r: 6 }));
    if (this.zoom >= 13) group.append(text(point.name, spot.x + 10, spot.y + 4));
    return group;
  }

  marker() {
    const spot = this.onPlane(this.typed());
    const group = element("g", { class: "marker", transform: `translate(${spot.x} ${spot.y})` });
    group.append(element("path", { d: "M0 0C-4-10-13-15-13-25a13 13 0 0 1 26 0C13-15 4-10 0 0Z" }), element("circle", { cx: 0, cy: -25, r: 5 }));
    return group;
  }

  scale() {
    const metre = this.pixelsPerMetre();
    const metres = [50, 100, 200, 500, 1000, 2000, 5000, 10000].find((length) => length * metre > 60) || 20000;
    const foot = this.svg.clientHeight - 12;
    const group = element("g", {});
    group.append(line("scale-line", 12, foot, 12 + metres * metre, foot), text(metres >= 1000 ? `${metres / 1000} km` : `${metres} m`, 12, foot - 6, "scale"));
    return group;
  }

  pixelsPerMetre() {
    return (TILE * 2 ** this.zoom) / (40075016.7 * Math.cos((this.centre.lat * Math.PI) / 180));
  }
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function line(className, x1, y1, x2, y2) {
  return element("line", { class: className, x1, y1, x2, y2 });
}

function text(content, x, y, className = "") {
  const made = element("text", { x, y, class: className });
  made.textContent = content;
  return made;
}
