// The steps: which boxes and arrows are there after each of them, and what the page says about it.

const steps = data.steps;
const forward = steps.filter((step) => step.phase === "forward").length;
const PAUSE = 2000; // milliseconds between steps, at speed 1
const now = { step: 0, timer: 0, link: 0 }; // step 0 comes before the first one: all is shown

const stepped = new Set(steps.map((step) => step.box));
const id = (name) => document.getElementById(name);
const when = timetable();

/**
 * For each box the step with which it appears, and with which its numbers are complete; for each arrow its step,
 * and that with which the gradient along it is known.
 */
function timetable() {
  const own = new Map(steps.map((step, i) => [step.box, i + 1]));
  const times = new Map();
  const ways = { forward: new Map(), backward: new Map() };
  for (const arrow of arrows) {
    const map = ways[arrow.kind];
    if (map) map.set(arrow.target, [...(map.get(arrow.target) || []), arrow]);
  }
  const time = (key) => {
    if (!times.has(key)) {
      times.set(key, { from: 0, full: 0 }); // for the case of a cycle, which folding can make
      times.set(key, isBackward(key) ? returned(key) : computed(key));
    }
    return times.get(key);
  };
  const computed = (key) => {
    const sources = (ways.forward.get(key) || []).map((arrow) => time(arrow.source).full);
    return { from: 0, full: own.get(key) ?? Math.max(0, ...sources) };
  };
  const returned = (key) => {
    const arrivals = (ways.backward.get(key) || []).map(({ source }) => own.get(source) ?? time(source).full);
    if (!arrivals.length || boxes.get(key.slice(0, -1))?.kind === "output") arrivals.push(forward + 1);
    return { from: Math.min(...arrivals), full: Math.max(...arrivals) };
  };
  const arrived = ({ kind, source, target }) => {
    if (kind === "tie") return time(target).from;
    return kind === "forward" ? time(target).full : own.get(source) ?? time(source).full;
  };
  const weighed = ({ kind, target }) => {
    const side = `${target}b`;
    return kind === "forward" && boxes.has(side) ? own.get(side) ?? time(side).full : 0;
  };
  return { box: (box) => time(box.key), arrow: arrived, weight: weighed };
}

function isBackward(key) {
  return key.endsWith("b") && boxes.has(key.slice(0, -1));
}

/** How a step is called: "forward 3 of 7". */
function called(number) {
  if (!number) return "start";
  const { phase } = steps[number - 1];
  return phase === "forward" ? `forward ${number} of ${forward}` : `backward ${number - forward} of ${steps.length - forward}`;
}

function go(number) {
  now.step = Math.min(Math.max(number, 0), steps.length);
  mark();
  tell();
  const step = steps[now.step - 1];
  if (step) follow(step);
  else if (view.mode !== "own") fit();
  if (step && now.step === steps.length) pause();
}

/** Bring the step's box into view: with its forward side and the ends of its arrows, where there is room. */
function follow(step) {
  const ends = step.arrows.flatMap((place) => [arrows[place].source, arrows[place].target]);
  const sides = isBackward(step.box) ? [step.box, step.box.slice(0, -1)] : [step.box];
  const around = (keys) => union(keys.map((key) => placed(seen(boxes.get(key)).rect)));
  show(around([...sides, ...ends]), around([step.box, ...ends]), around(sides), around([step.box]));
}

/** Dim what is not computed yet; make what the step is about stand out. */
function mark() {
  const step = steps[now.step - 1];
  svg.setAttribute("class", step ? `${step.phase}-pass` : "");
  const done = (time) => !step || time <= now.step;
  for (const box of boxes.values()) {
    const { from, full } = when.box(box);
    dress(box.element, done(full), !done(from), box.key === step?.box);
  }
  arrows.forEach((arrow, place) => {
    const there = done(when.arrow(arrow));
    dress(arrow.element, there, !there && arrow.kind !== "forward", Boolean(step?.arrows.includes(place)));
    arrow.element.classList.toggle("plain", !done(when.weight(arrow)));
  });
  for (const scope of scopes.values()) {
    const computed = scope.inner.filter((box) => stepped.has(box.key));
    const begun = !computed.length || computed.some((box) => done(when.box(box).full));
    dress(scope.box, begun, false, scope.inner.some((box) => box.key === step?.box));
  }
}

function dress(element, done, absent, current) {
  element.classList.toggle("ahead", !done && !absent);
  element.classList.toggle("absent", absent);
  element.classList.toggle("current", current);
}

// What the page says

function tell() {
  const step = steps[now.step - 1];
  id("current").replaceChildren(...(step ? written(step, now.step) : opening()));
  id("current").className = step ? step.phase : "";
  id("slider").value = now.step;
  id("slider").setAttribute("aria-valuetext", called(now.step));
  id("news").textContent = step ? [called(now.step), ...step.equations, ...step.arithmetic].join("; ") : "start";
  for (const name of ["first", "back"]) id(name).setAttribute("aria-disabled", now.step === 0);
  for (const name of ["step", "last"]) id(name).setAttribute("aria-disabled", now.step === steps.length);
  id("play").setAttribute("aria-disabled", !steps.length);
  explain();
  link();
}

/** Keep the step in the address, so that it can be linked to; a little later, as browsers refuse many changes in a row. */
function link() {
  clearTimeout(now.link);
  if (now.step || location.hash) now.link = setTimeout(() => history.replaceState(null, "", `#step=${now.step}`), 300);
}

function written(step, number) {
  const isNew = ([head, lines]) => !step.arithmetic.some((line) => line.startsWith(`${head} `) && line.endsWith(` ${lines}`));
  return [
    make("h2", "phase", called(number)),
    make("div", "equations", ...step.equations.map((each) => make("p", "", each))),
    make("div", "numbers given", ...step.given.map(result)),
    make("div", "arithmetic", ...step.arithmetic.map(calculation)),
    make("div", "numbers", ...step.result.filter(isNew).map(result)),
  ].filter((part) => part.childNodes.length);
}

/** A line of arithmetic, what it comes to in bold. */
function calculation(line) {
  const [, start, value] = /^(.*= )(.*)$/.exec(line);
  return make("p", "", start, make("b", "", value));
}

function result([head, lines]) {
  return make("div", "", make("span", "head", `${head} `), make("span", "rows", lines.join("\n")));
}

/** Before the first step: how much there is. */
function opening() {
  const number = (...kinds) => [...boxes.values()].filter((box) => kinds.includes(box.kind)).length;
  const facts = [
    count(number("operation", "output"), "operation"),
    count(number("parameter"), "parameter"),
    ...(scopes.size ? [count(scopes.size, "scope")] : []),
  ];
  const backward = steps.length - forward;
  const passes = `${count(forward, "step")} forward, ${backward ? `${count(backward, "step")} backward` : "no backward pass"}`;
  return [
    make("h2", "phase", "start"),
    make("p", "summary", facts.join(", ")),
    make("p", "summary", passes),
    make("p", "note", "→ and ← step through them. ? lists all keys."),
    ...data.notes.map((note) => make("p", "note", note)),
  ];
}

function listed(step, i) {
  const item = make("li", step.phase, ...written(step, i + 1));
  item.value = i + 1;
  return item;
}

// Controls

function play() {
  if (now.step === steps.length) go(0);
  document.body.classList.add("playing");
  id("play").setAttribute("aria-label", "Pause");
  advance();
}

function advance() {
  go(now.step + 1);
  clearTimeout(now.timer);
  if (now.step < steps.length) now.timer = setTimeout(advance, PAUSE / Number(id("speed").value));
}

function pause() {
  clearTimeout(now.timer);
  document.body.classList.remove("playing");
  id("play").setAttribute("aria-label", "Play");
}

function isPlaying() {
  return document.body.classList.contains("playing");
}

/** What a user does to the steps ends the play. */
function jump(number) {
  pause();
  go(number);
}

function toggle() {
  if (isPlaying()) pause();
  else if (steps.length) play();
}

id("first").addEventListener("click", () => jump(0));
id("back").addEventListener("click", () => jump(now.step - 1));
id("play").addEventListener("click", toggle);
id("step").addEventListener("click", () => jump(now.step + 1));
id("last").addEventListener("click", () => jump(steps.length));
id("slider").addEventListener("input", (event) => jump(Number(event.target.value)));
