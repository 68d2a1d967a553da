// Scopes fold in place: a box stands for what is inside, and the room that it leaves is squeezed out.

const EDGE = 10; // of a folded frame that stays: here arrows arrive
const AIR = 10; // around what is seen
const LEFT = 6; // of an empty band

let across = (x) => x;
let down = (y) => y;

for (const scope of scopes.values()) addToggles(scope);

/** A sign beside the frame's name that folds the scope, and the box that takes the frame's place. */
function addToggles(scope) {
  const { left, right, top, bottom } = scope.title;
  const middle = (top + bottom) / 2;
  scope.says = contents(scope);
  scope.sign = draw(
    "g",
    { class: "toggle" },
    draw("rect", { x: left - 6, y: top - 3, width: right - left + 26, height: bottom - top + 6, rx: 5 }),
    draw("path", { d: `M${right + 6},${middle}h8` }),
  );
  scope.sign.prepend(scope.element.querySelector("text"));
  pressable(scope.sign, `Fold ${scope.name}: ${scope.says.join(", ")}`);
  scope.sign.setAttribute("aria-expanded", "true");
  scope.element.append(scope.sign);
  scope.box = folded(scope);
  graph.querySelector(".node").before(scope.box); // above the arrows
  scope.extent = scope.label.getBBox();
  for (const each of [scope.sign, scope.box]) each.addEventListener("click", () => fold([scope], !scope.folded));
}

/** How much is inside: "5 operations", "2 parameters". */
function contents(scope) {
  const number = (...kinds) => scope.inner.filter((box) => kinds.includes(box.kind)).length;
  const parts = [
    [number("operation", "output"), "operation"],
    [number("parameter"), "parameter"],
    [number("folded"), "folded part"],
  ];
  return parts.filter(([found]) => found).map(([found, word]) => count(found, word));
}

function folded(scope) {
  const lines = [scope.path.at(-1), ...scope.says];
  const texts = lines.map((line, i) =>
    draw("text", { x: 0, y: 14 * i + (i ? 3 : 0), "text-anchor": "middle", "font-size": i ? 9.5 : 11.5 }, line),
  );
  texts[0].setAttribute("font-weight", "bold");
  scope.label = draw("g", {}, draw("path", { class: "sign", d: "M-4,-20h8m-4,-4v8" }), ...texts);
  scope.cover = draw("rect", { rx: 6 });
  const box = draw("g", { class: "fold" }, scope.cover, scope.label);
  pressable(box, `Unfold ${scope.name}: ${scope.says.join(", ")}`);
  box.setAttribute("aria-expanded", "false");
  return box;
}

/** The outermost folded scope on a path, which stands for what is inside it. */
function holder(path) {
  return path.map((_, i) => scopes.get(path.slice(0, i + 1).join("/"))).find((scope) => scope?.folded);
}

/** What is seen of a box: itself, or the folded scope that it is in. */
function seen(box) {
  return holder(box.scope) || box;
}

function placed({ left, top, right, bottom }) {
  return { left: across(left), top: down(top), right: across(right), bottom: down(bottom) };
}

function shift({ element, rect }) {
  const x = (rect.left + rect.right) / 2;
  const y = (rect.top + rect.bottom) / 2;
  element.setAttribute("transform", `translate(${across(x) - x} ${down(y) - y})`);
}

function bend(text) {
  return text.replace(/(-?[\d.]+),(-?[\d.]+)/g, (_, x, y) => `${across(+x).toFixed(2)},${down(+y).toFixed(2)}`);
}

/** Show the scopes as they are folded now. */
function arrange() {
  const closed = [...scopes.values()].filter((scope) => scope.folded && holder(scope.path) === scope);
  measure(closed);
  for (const scope of scopes.values()) arrangeScope(scope, closed.includes(scope));
  for (const box of boxes.values()) {
    box.element.classList.toggle("away", seen(box) !== box);
    shift(box);
  }
  for (const arrow of arrows) arrangeArrow(arrow, closed);
  notes.forEach(shift);
  // Browsers lay out anew for each question that comes after a change: so first all questions, then all changes.
  const heads = arrows.map((arrow) => meeting(arrow));
  arrows.forEach((arrow, place) => heads[place] && pointAt(arrow, heads[place]));
}

function arrangeScope(scope, closed) {
  scope.element.classList.toggle("away", Boolean(holder(scope.path)));
  scope.frame.setAttribute("d", bend(scope.course));
  shift({ element: scope.sign, rect: scope.title });
  scope.box.classList.toggle("away", !closed);
  const { left, top, right, bottom } = placed(scope.rect);
  const size = { x: left, y: top, width: right - left, height: bottom - top };
  for (const [name, value] of Object.entries(size)) scope.cover.setAttribute(name, value);
  if (closed) centre(scope, (left + right) / 2, (top + bottom) / 2);
}

/** The label in the middle of the folded box, smaller where the box is narrow. */
function centre({ label, size, ratio }, x, y) {
  label.setAttribute("transform", `translate(${x} ${y}) scale(${ratio}) translate(${-size.x} ${-size.y})`);
}

function arrangeArrow(arrow, closed) {
  const [source, target] = [arrow.source, arrow.target].map((key) => seen(boxes.get(key)));
  arrow.element.classList.toggle("away", source === target);
  if (source === target) return;
  arrow.line.setAttribute("d", bend(arrow.course));
  for (const head of arrow.heads) {
    head.element.setAttribute("points", head.points);
    shift(head);
  }
  for (const label of arrow.labels) {
    const isLost = Boolean(target.folded) && !label.element.classList.contains("size"); // "2" of the arguments of what?
    label.element.classList.toggle("away", isLost || isCovered(label.rect, closed));
    shift(label);
  }
}

function isCovered({ left, top, right, bottom }, closed) {
  return closed.some((scope) => contains(scope.rect, (left + right) / 2, (top + bottom) / 2));
}

/** Where an arrow's line meets the folded box that it leads to, and a point before that; nothing if it does not. */
function meeting(arrow) {
  const [source, target] = [arrow.source, arrow.target].map((key) => seen(boxes.get(key)));
  if (source === target || !target.folded) return undefined;
  const rect = placed(target.rect);
  const length = arrow.line.getTotalLength();
  const along = (way) => arrow.line.getPointAtLength(arrow.kind === "backward" ? length - way : way);
  const isInside = (way) => contains(rect, along(way).x, along(way).y);
  let way = Array.from({ length: 41 }, (_, i) => (i / 40) * length).find(isInside);
  if (way === undefined) return undefined;
  for (let part = length / 80; part > 0.1; part /= 2) way += isInside(way - part) ? -part : 0;
  return [along(way), along(Math.max(0, way - 6))];
}

/** Move the head of an arrow there. */
function pointAt(arrow, [tip, before]) {
  const [x, y] = [tip.x - before.x, tip.y - before.y];
  const size = Math.hypot(x, y) || 1;
  const corner = (side) => `${tip.x - (7 * x - 3 * side * y) / size},${tip.y - (7 * y + 3 * side * x) / size}`;
  for (const { element } of arrow.heads) {
    element.setAttribute("points", `${tip.x},${tip.y} ${corner(1)} ${corner(-1)}`);
    element.removeAttribute("transform");
  }
}

// The squeeze

/** Find the empty bands inside the folded frames, across and down. */
function measure(closed) {
  for (const scope of closed) fitLabel(scope);
  const open = [...scopes.values()].filter((scope) => !holder(scope.path));
  const labels = arrows.filter((arrow) => seen(boxes.get(arrow.source)) !== seen(boxes.get(arrow.target)));
  const rigid = [
    ...[...boxes.values()].filter((box) => seen(box) === box).map((box) => grown(box.rect, AIR)),
    ...labels.flatMap((arrow) => arrow.labels.map((label) => label.rect)).filter((rect) => !isCovered(rect, closed)),
    ...open.flatMap(({ title, rect: { left, top, right, bottom } }) => [
      grown(title, AIR),
      grown({ left, top, right: left, bottom: top }, AIR),
      grown({ left: right, top: bottom, right, bottom }, AIR),
    ]),
    ...closed.map((scope) => scope.room),
  ];
  const frames = closed.map((scope) => grown(scope.rect, -EDGE));
  across = squeeze(frames.map(({ left, right }) => [left, right]), rigid.map(({ left, right }) => [left, right]));
  down = squeeze(frames.map(({ top, bottom }) => [top, bottom]), rigid.map(({ top, bottom }) => [top, bottom]));
}

function grown({ left, top, right, bottom }, by) {
  return { left: left - by, top: top - by, right: right + by, bottom: bottom + by };
}

/** The room that a folded scope's label takes in the middle of its frame. */
function fitLabel(scope) {
  const { left, top, right, bottom } = scope.rect;
  const { x, y, width, height } = scope.extent;
  scope.ratio = Math.min(1, (right - left - 12) / width, (bottom - top - 12) / height);
  scope.size = { x: x + width / 2, y: y + height / 2 };
  const [half, tall] = [(scope.ratio * width) / 2, (scope.ratio * height) / 2];
  const [middle, centre] = [(left + right) / 2, (top + bottom) / 2];
  scope.room = { left: middle - half, right: middle + half, top: centre - tall, bottom: centre + tall };
}

/** The map of one axis that leaves all as it is, and makes empty bands narrow. */
function squeeze(frames, rigid) {
  const bands = rigid.reduce(
    (rest, [low, high]) =>
      rest.flatMap(([a, b]) => [[a, Math.min(b, low)], [Math.max(a, high), b]]).filter(([a, b]) => b - a > LEFT),
    merged(frames),
  );
  return (place) => {
    const gone = bands.map(([a, b]) => Math.max(0, Math.min(place, b) - a) * (1 - LEFT / (b - a)));
    return place - gone.reduce((sum, each) => sum + each, 0);
  };
}

/** Intervals without overlaps. */
function merged(intervals) {
  const found = [];
  for (const [a, b] of [...intervals].sort((one, two) => one[0] - two[0])) {
    if (found.length && a <= found.at(-1)[1]) found.at(-1)[1] = Math.max(found.at(-1)[1], b);
    else if (a < b) found.push([a, b]);
  }
  return found;
}
