// Pan and zoom: the view is a middle, in the drawing's coordinates, and a scale, in pixels.

const MARGIN = 28; // pixels around the whole
const AROUND = 60; // around what is brought into view
const LEGIBLE = 0.8; // below this scale a step zooms in, if nobody has zoomed
const READING = 1.15;
const LARGEST = 2.2; // of "fit", for small drawings
const LIMITS = [0.02, 12];
const GLIDE = 350; // milliseconds

const view = { x: 0, y: 0, scale: 1, mode: "fit" }; // where it is, or glides to; "fit", "follow", or "own" (the user's)
const seenNow = { x: 0, y: 0, scale: 1, frame: 0 }; // where it is on the way there
const size = { width: 1, height: 1 }; // of the stage
let onPaper = false;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function paint({ x, y, scale }) {
  Object.assign(seenNow, { x, y, scale });
  const [width, height] = [size.width / scale, size.height / scale];
  svg.setAttribute("viewBox", `${x - width / 2} ${y - height / 2} ${width} ${height}`);
}

function look({ x, y, scale }) {
  cancelAnimationFrame(seenNow.frame);
  Object.assign(view, { x, y, scale });
  paint(view);
}

/** Move the view there, smoothly where that is welcome. */
function glide(goal) {
  if (calm.matches) return look(goal);
  cancelAnimationFrame(seenNow.frame);
  const { x, y, scale } = seenNow;
  const start = performance.now();
  const move = (time) => {
    const part = Math.min(1, Math.max(0, time - start) / GLIDE);
    const ease = part * part * (3 - 2 * part);
    const between = (a, b) => a + (b - a) * ease;
    paint({ x: between(x, goal.x), y: between(y, goal.y), scale: scale * (goal.scale / scale) ** ease });
    if (part < 1) seenNow.frame = requestAnimationFrame(move);
  };
  Object.assign(view, goal);
  seenNow.frame = requestAnimationFrame(move);
}

function fitted() {
  const { left, top, right, bottom } = placed(whole);
  const scale = Math.min((size.width - MARGIN) / (right - left), (size.height - MARGIN) / (bottom - top), LARGEST);
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale };
}

function fit(move = glide) {
  view.mode = "fit";
  move(fitted());
}

/** Bring into view the first of some rectangles that there is room for, or the last one. */
function show(...wishes) {
  const zooms = view.mode === "fit" && view.scale < LEGIBLE;
  const scale = zooms ? READING : view.scale;
  if (zooms) view.mode = "follow";
  const [across, down] = [size.width, size.height].map((pixels) => (pixels / 2 - AROUND) / scale);
  const fits = ({ left, top, right, bottom }) => right - left < 2 * across && bottom - top < 2 * down;
  const { left, top, right, bottom } = wishes.find(fits) || wishes.at(-1);
  const nearest = (place, low, high, slack) =>
    zooms || 2 * slack < high - low ? (low + high) / 2 : Math.min(Math.max(place, high - slack), low + slack);
  const goal = { x: nearest(view.x, left, right, across), y: nearest(view.y, top, bottom, down), scale };
  if (goal.x !== view.x || goal.y !== view.y || scale !== view.scale) glide(goal);
}

/** Zoom by a factor, around a point of the stage. */
function zoom(factor, x = size.width / 2, y = size.height / 2, move = look) {
  view.mode = "own";
  const scale = Math.min(Math.max(view.scale * factor, LIMITS[0]), LIMITS[1]);
  const kept = 1 / view.scale - 1 / scale;
  move({ x: view.x + (x - size.width / 2) * kept, y: view.y + (y - size.height / 2) * kept, scale });
}

function pan(dx, dy) {
  view.mode = "own";
  look({ x: view.x - dx / view.scale, y: view.y - dy / view.scale, scale: view.scale });
}

/** What is under the pointer stays there, also when it comes in the middle of a glide. */
function halt() {
  look(seenNow);
}

// Pointers: one drags, two pinch

const pointers = new Map();
let dragged = false;

function middle() {
  const all = [...pointers.values()];
  const mean = (name) => all.reduce((sum, each) => sum + each[name], 0) / all.length;
  const [x, y] = [mean("x"), mean("y")];
  return { x, y, spread: Math.hypot(all[0].x - x, all[0].y - y) };
}

function place(event) {
  const { left, top } = stage.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

svg.addEventListener("pointerdown", (event) => {
  if (!pointers.size) dragged = false;
  pointers.set(event.pointerId, { ...place(event), from: place(event) });
});

svg.addEventListener("pointermove", (event) => {
  const known = pointers.get(event.pointerId);
  if (!known) return;
  const before = middle();
  Object.assign(known, place(event));
  if (!dragged && pointers.size === 1 && Math.hypot(known.x - known.from.x, known.y - known.from.y) < 5) return;
  if (!dragged) {
    halt();
    svg.setPointerCapture(event.pointerId);
  }
  dragged = true;
  const after = middle();
  pan(after.x - before.x, after.y - before.y);
  if (pointers.size > 1 && before.spread) zoom(after.spread / before.spread, after.x, after.y);
});

for (const name of ["pointerup", "pointercancel"]) {
  window.addEventListener(name, (event) => pointers.delete(event.pointerId));
}

// A drag is no click, and a click leaves the focus where it is, so that the keys go on to step.
svg.addEventListener("click", (event) => dragged && event.stopPropagation(), true);
svg.addEventListener("mousedown", (event) => event.preventDefault());

svg.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    halt();
    const { x, y } = place(event);
    const pixels = event.deltaY * (event.deltaMode ? 16 : 1);
    zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0015)), x, y);
  },
  { passive: false },
);

document.getElementById("zoom-in").addEventListener("click", () => zoom(1.3, undefined, undefined, glide));
document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.3, undefined, undefined, glide));
document.getElementById("fit").addEventListener("click", () => fit());

function resize() {
  if (onPaper) return;
  Object.assign(size, { width: stage.clientWidth, height: stage.clientHeight });
  if (view.mode === "fit") fit(look);
  else look(view);
}

new ResizeObserver(resize).observe(stage);

// On paper: the whole drawing.

function toPaper() {
  onPaper = true;
  look(view);
  const { left, top, right, bottom } = placed(whole);
  svg.setAttribute("viewBox", `${left} ${top} ${right - left} ${bottom - top}`);
}

function toScreen() {
  onPaper = false;
  resize();
}

window.addEventListener("beforeprint", toPaper);
window.addEventListener("afterprint", toScreen);
matchMedia("print").addEventListener("change", (event) => (event.matches ? toPaper() : toScreen()));
