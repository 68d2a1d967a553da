// Details, search, keys, and the start.

const shown = { hovered: null, focused: null, pinned: null }; // boxes; the first that there is
const search = { found: [], place: -1 };

// Details

function explain() {
  const box = shown.hovered || shown.focused || shown.pinned || boxes.get(steps[now.step - 1]?.box);
  id("details").replaceChildren(...(box ? described(box) : []));
}

function described(box) {
  const head = make("div", "head", make("h2", "", box.title), make("span", `kind ${box.kind}`, box.kind));
  if (box === shown.pinned) head.append(unpinner());
  const rows = box.details.flatMap(([label, lines]) => [
    make("dt", "", label),
    make("dd", "", ...lines.map((line) => make("p", "", line))),
  ]);
  return [head, make("dl", "", ...rows)];
}

function unpinner() {
  const button = make("button", "", "Unpin");
  button.type = "button";
  button.addEventListener("click", () => pin(null));
  return button;
}

function pin(box) {
  shown.pinned = box;
  for (const each of boxes.values()) {
    each.element.classList.toggle("pinned", each === box);
    each.element.setAttribute("aria-pressed", each === box);
  }
  explain();
}

function turn(name, box) {
  shown[name] = box;
  explain();
}

for (const box of boxes.values()) {
  box.element.addEventListener("pointerenter", () => turn("hovered", box));
  box.element.addEventListener("pointerleave", () => turn("hovered", null));
  box.element.addEventListener("focus", () => {
    turn("focused", box);
    if (box.element.matches(":focus-visible")) show(placed(box.rect));
  });
  box.element.addEventListener("blur", () => turn("focused", null));
  box.element.addEventListener("click", () => pin(shown.pinned === box ? null : box));
}

// Scopes

/** Fold or unfold scopes; the upper left corner of the first stays where it is. */
function fold(list, closed) {
  const [first] = list;
  const [x, y] = [across(first.rect.left), down(first.rect.top)];
  const focus = document.activeElement;
  for (const scope of list) scope.folded = closed;
  arrange();
  if (focus === first.sign) first.box.focus();
  if (focus === first.box) first.sign.focus();
  if (list.length > 1) return view.mode === "own" ? undefined : fit(look);
  if (view.mode === "fit") view.mode = "follow";
  look({ x: view.x + across(first.rect.left) - x, y: view.y + down(first.rect.top) - y, scale: view.scale });
}

id("folding").hidden = !scopes.size;
id("fold-all").addEventListener("click", () => fold([...scopes.values()], true));
id("unfold-all").addEventListener("click", () => fold([...scopes.values()], false));

// Search

const SOUGHT = ["operation", "shape", "made at", "scope"];

function textOf(box) {
  const lines = box.details.filter(([label]) => SOUGHT.includes(label)).flatMap(([, each]) => each);
  return [box.title, box.kind, ...lines].join("\n").toLowerCase();
}

function seek() {
  const wanted = id("wanted").value.trim().toLowerCase();
  search.found = wanted ? [...boxes.values()].filter((box) => textOf(box).includes(wanted)) : [];
  search.place = -1;
  showFound();
}

function showFound() {
  const { found, place } = search;
  const matches = new Set(found.map((box) => seen(box)));
  for (const each of boxes.values()) each.element.classList.toggle("match", matches.has(each));
  for (const each of scopes.values()) each.box.classList.toggle("match", matches.has(each));
  const number = place < 0 ? `${found.length} found` : `${place + 1} of ${found.length}`;
  id("found").textContent = id("wanted").value.trim() ? number : "";
}

/** The next match, or the one before. */
function next(by) {
  const { found, place } = search;
  if (!found.length) return;
  search.place = place < 0 && by < 0 ? found.length - 1 : (place + by + found.length) % found.length;
  const box = found[search.place];
  pin(box);
  showFound();
  show(placed(seen(box).rect));
}

id("wanted").addEventListener("input", seek);
id("wanted").addEventListener("keydown", (event) => event.key === "Enter" && next(event.shiftKey ? -1 : 1));
id("search").addEventListener("submit", (event) => event.preventDefault());

// Keys

const KEYS = {
  ArrowRight: () => jump(now.step + 1),
  ArrowLeft: () => jump(now.step - 1),
  PageDown: () => jump(now.step + 1),
  PageUp: () => jump(now.step - 1),
  Home: () => jump(0),
  End: () => jump(steps.length),
  " ": toggle,
  "+": () => id("zoom-in").click(),
  "=": () => id("zoom-in").click(),
  "-": () => id("zoom-out").click(),
  "−": () => id("zoom-out").click(),
  0: () => fit(),
  "/": () => id("wanted").focus(),
  "?": () => id("keys").showModal(),
  Escape: leave,
};

function leave() {
  id("wanted").value = "";
  id("wanted").blur();
  seek();
  pin(null);
}

/** Whether a key means something else to what is focused. */
function isTaken(event) {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || id("keys").open) return true;
  if (target === id("wanted")) return key !== "Escape";
  if (target === id("speed")) return key.startsWith("Arrow") || key === " ";
  return key === " " && Boolean(target.closest("button, [role=button]"));
}

document.addEventListener("keydown", (event) => {
  const button = event.target.closest("#stage [role=button]");
  if (button && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    button.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  } else if (KEYS[event.key] && !isTaken(event)) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

id("help").addEventListener("click", () => id("keys").showModal());

// The start

/** The step that the address names, if it names one. */
function linked() {
  const found = /^#step=(\d+)$/.exec(location.hash);
  return found ? Number(found[1]) : 0;
}

function start() {
  document.title = data.title;
  id("title").textContent = data.title;
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", data.title);
  id("slider").max = steps.length;
  const [ahead, back] = id("controls").querySelectorAll(".phases span");
  ahead.textContent = `forward ${forward}`;
  back.textContent = steps.length > forward ? `backward ${steps.length - forward}` : "";
  id("controls").style.setProperty("--forward", forward);
  id("controls").style.setProperty("--all", steps.length);
  id("steps").append(...steps.map(listed));
  pin(null);
  arrange();
  resize();
  go(linked());
  window.addEventListener("hashchange", () => jump(linked()));
}

start();
