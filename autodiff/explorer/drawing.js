// What Graphviz drew, as objects: boxes, arrows and the frames of scopes, each with its data and its place.

const data = JSON.parse(document.getElementById("data").textContent);
const stage = document.getElementById("stage");
const svg = stage.querySelector("svg");
const graph = svg.querySelector("g.graph");

/** An element of the page. What it says is text, never markup. */
function make(tag, className = "", ...children) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/** An element of the drawing. */
function draw(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Something in the drawing that can be focused and pressed. */
function pressable(element, label) {
  element.setAttribute("tabindex", "0");
  element.setAttribute("role", "button");
  element.setAttribute("aria-label", label);
}

function count(number, word) {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

// Places are rectangles in the drawing's own coordinates.

function rectOf(element) {
  const { x, y, width, height } = element.getBBox();
  return { left: x, top: y, right: x + width, bottom: y + height };
}

function union(rects) {
  return {
    left: Math.min(...rects.map((each) => each.left)),
    top: Math.min(...rects.map((each) => each.top)),
    right: Math.max(...rects.map((each) => each.right)),
    bottom: Math.max(...rects.map((each) => each.bottom)),
  };
}

function contains(rect, x, y) {
  return rect.left <= x && x <= rect.right && rect.top <= y && y <= rect.bottom;
}

// The parts of the drawing

const FORMS = "polygon, path, polyline, ellipse";
const groups = new Map([...graph.querySelectorAll(":scope > g")].map((each) => [each.id, each]));
const whole = rectOf(graph.querySelector(":scope > polygon"));

const boxes = new Map(Object.entries(data.boxes).map(([key, box]) => [key, readBox(key, box)]));
const arrows = data.arrows.map((arrow, place) => readArrow(arrow, groups.get(`arrow${place}`)));
const scopes = readScopes();
const notes = [...graph.querySelectorAll(":scope > text")].map((element) => ({ element, rect: rectOf(element) }));

function readBox(key, box) {
  const element = groups.get(key);
  const shape = box.details.find(([label]) => label === "shape");
  pressable(element, [box.title, box.kind, ...(shape ? shape[1] : [])].join(", "));
  const rect = union([...element.querySelectorAll(FORMS)].map(rectOf));
  return { key, ...box, element, rect };
}

function readArrow(arrow, element) {
  const read = (selector) => [...element.querySelectorAll(selector)];
  const line = element.querySelector("path");
  element.setAttribute("aria-hidden", "true"); // the boxes tell what they are made from
  line.style.setProperty("--width", line.getAttribute("stroke-width") || 1);
  if (arrow.weighed) read("text").forEach((each) => each.classList.add("size"));
  return {
    ...arrow,
    element,
    line,
    course: line.getAttribute("d"),
    heads: read("polygon").map((each) => ({ element: each, rect: rectOf(each), points: each.getAttribute("points") })),
    labels: read("text").map((each) => ({ element: each, rect: rectOf(each) })),
  };
}

/** All scopes that have a frame, by their path, outer ones first. */
function readScopes() {
  const paths = [...boxes.values()].flatMap(({ scope }) => scope.map((_, i) => scope.slice(0, i + 1)));
  paths.sort((a, b) => a.length - b.length);
  const found = new Map();
  for (const path of paths) {
    const name = path.join("/");
    const element = groups.get(`scope ${name}`);
    if (element && !found.has(name)) found.set(name, readScope(path, name, element));
  }
  return found;
}

function readScope(path, name, element) {
  const frame = element.querySelector(FORMS);
  const title = rectOf(element.querySelector("text"));
  const inner = [...boxes.values()].filter((box) => path.every((part, i) => box.scope[i] === part));
  const [course, rect] = [frame.getAttribute("d"), rectOf(frame)];
  return { path, name, element, frame, title, inner, course, rect, folded: false };
}

/** What browsers would show as tooltips, and the order of Graphviz, which is not that of the program. */
function tidy() {
  for (const title of graph.querySelectorAll("title")) title.remove();
  for (const link of graph.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  graph.removeAttribute("transform");
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  graph.append(...arrows.map((each) => each.element), ...[...boxes.values()].map((each) => each.element));
}

tidy();
