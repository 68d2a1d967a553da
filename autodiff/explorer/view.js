// Pan and zoom: the view is a middle, in the drawing's coordinates, and a scale, in pixels.

const MARGIN = 28; // pixels around the whole
const AROUND = 60; // around what is brought into view
const LEGIBLE = 0.8; // below this scale a step zooms in, if nobody has zoomed
const READING = 1.15;
const LARGEST = 2.2; // of "fit", for small drawings
const LIMITS = [0.02, 12];
const GLIDE = 350; // milliseconds

const view = { x: 0, y: 0, scale: 1, mode: "fit", frame: 0 }; // the mode is "fit", "follow", or "own" (the user's)
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function look({ x, y, scale }) {
  Object.assign(view, { x, y, scale });
  const [width, height] = [stage.clientWidth / scale, stage.clientHeight / scale];
  svg.setAttribute("viewBox", `${x - width / 2} ${y - height / 2} ${width} ${height}`);
}

/** Move the view there, smoothly where that is welcome. */
function glide(goal) {
  cancelAnimationFrame(view.frame);
  if (calm.matches) return look(goal);
  const { x, y, scale } = view;
  const start = performance.now();
  const move = (now) => {
    const part = Math.min(1, Math.max(0, now - start) / GLIDE);
    const ease = part * part * (3 - 2 * part);
    const between = (a, b) => a + (b - a) * ease;
    look({ x: between(x, goal.x), y: between(y, goal.y), scale: scale * (goal.scale / scale) ** ease });
    if (part < 1) view.frame = requestAnimationFrame(move);
  };
  view.frame = requestAnimationFrame(move);
}

function fitted() {
  const { left, top, right, bottom } = placed(whole);
  const across = (stage.clientWidth - MARGIN) / (right - left);
  const down = (stage.clientHeight - MARGIN) / (bottom - top);
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale: Math.min(across, down, LARGEST) };
}

function fit(move = glide) {
  view.mode = "fit";
  move(fitted());
}

/** Bring a rectangle into view; where it is too large for that, its first part. */
function show(rect, ...around) {
  const small = view.mode === "fit" && fitted().scale < LEGIBLE;
  const scale = small ? READING : view.scale;
  if (small) view.mode = "follow";
  const all = union([rect, ...around]);
  const fits = (all.right - all.left) * scale < stage.clientWidth - 2 * AROUND &&
    (all.bottom - all.top) * scale < stage.clientHeight - 2 * AROUND;
  const wanted = fits ? all : rect;
  const nearest = (place, low, high, size) => {
    const slack = size / scale / 2 - AROUND / scale;
    return slack * 2 < high - low ? (low + high) / 2 : Math.min(Math.max(place, high - slack), low + slack);
  };
  const goal = {
    x: nearest(view.x, wanted.left, wanted.right, stage.clientWidth),
    y: nearest(view.y, wanted.top, wanted.bottom, stage.clientHeight),
    scale,
  };
  if (goal.x !== view.x || goal.y !== view.y || scale !== view.scale) glide(goal);
}

/** Zoom by a factor, around a point of the stage. */
function zoom(factor, px = stage.clientWidth / 2, py = stage.clientHeight / 2, move = look) {
  cancelAnimationFrame(view.frame);
  view.mode = "own";
  const scale = Math.min(Math.max(view.scale * factor, LIMITS[0]), LIMITS[1]);
  const kept = 1 / view.scale - 1 / scale;
  const x = view.x + (px - stage.clientWidth / 2) * kept;
  const y = view.y + (py - stage.clientHeight / 2) * kept;
  move({ x, y, scale });
}

function pan(dx, dy) {
  cancelAnimationFrame(view.frame);
  view.mode = "own";
  look({ x: view.x - dx / view.scale, y: view.y - dy / view.scale, scale: view.scale });
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
  if (!dragged) svg.setPointerCapture(event.pointerId);
  dragged = true;
  const after = middle();
  pan(after.x - before.x, after.y - before.y);
  if (pointers.size > 1 && before.spread) zoom(after.spread / before.spread, after.x, after.y);
});

for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
  svg.addEventListener(name, (event) => pointers.delete(event.pointerId));
}
window.addEventListener("pointerup", (event) => pointers.delete(event.pointerId));

// A drag is no click, and a click leaves the focus where it is, so that the keys go on to step.
svg.addEventListener("click", (event) => dragged && event.stopPropagation(), true);
svg.addEventListener("mousedown", (event) => event.preventDefault());

svg.addEventListener(
  "wheel",
  (event) => {
    event.preventDefault();
    const { x, y } = place(event);
    const pixels = event.deltaY * (event.deltaMode ? 16 : 1);
    zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0015)), x, y);
  },
  { passive: false },
);

document.getElementById("zoom-in").addEventListener("click", () => zoom(1.3, undefined, undefined, glide));
document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.3, undefined, undefined, glide));
document.getElementById("fit").addEventListener("click", () => fit());

new ResizeObserver(() => (view.mode === "fit" ? fit(look) : look(view))).observe(stage);

// On paper: the whole drawing.

let onScreen;

function toPaper() {
  cancelAnimationFrame(view.frame);
  const { left, top, right, bottom } = placed(whole);
  onScreen ??= { ...view };
  svg.setAttribute("viewBox", `${left} ${top} ${right - left} ${bottom - top}`);
}

function toScreen() {
  if (onScreen) look(onScreen);
  onScreen = undefined;
}

window.addEventListener("beforeprint", toPaper);
window.addEventListener("afterprint", toScreen);
matchMedia("print").addEventListener("change", (event) => (event.matches ? toPaper() : toScreen()));
