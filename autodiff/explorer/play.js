// Stepping: what each step shows in the drawing, and what the page says about it.

const PAUSE = 2000; // milliseconds between steps, at speed 1
const now = { step: 0, timer: 0, link: 0 }; // step 0 comes before the first one: all is shown
const id = (name) => document.getElementById(name);

/** How a step is called: "forward 3 of 7". */
function called(number) {
  if (!number) return "start";
  if (number <= forward) return `forward ${number} of ${forward}`;
  return `backward ${number - forward} of ${steps.length - forward}`;
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
  const sides = [step.box, frontOf.get(step.box) || step.box];
  const around = (keys) => union(keys.map((key) => placed(seen(boxes.get(key)).rect)));
  show(around([...sides, ...ends]), around([step.box, ...ends]), around(sides), around([step.box]));
}

/** Dim what is not computed yet; make what the step is about stand out. */
function mark() {
  const step = steps[now.step - 1];
  svg.setAttribute("class", step ? `${step.phase}-pass` : "");
  const done = (time) => !step || time <= now.step;
  for (const box of boxes.values()) {
    const { from, full } = timeOf(box.key);
    dress(box.element, done(full), !done(from), box.key === step?.box);
  }
  arrows.forEach((arrow, place) => {
    const there = done(timeOfArrow(arrow));
    dress(arrow.element, there, !there && arrow.kind !== "forward", Boolean(step?.arrows.includes(place)));
    arrow.element.classList.toggle("plain", !done(timeOfGradient(arrow)));
  });
  for (const scope of scopes.values()) {
    const computed = scope.inner.filter((box) => own.has(box.key));
    const begun = !computed.length || computed.some((box) => done(timeOf(box.key).full));
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

/** Keep the step in the address, to link to it; a little later, as browsers refuse many changes in a row. */
function link() {
  clearTimeout(now.link);
  if (now.step || location.hash) now.link = setTimeout(() => history.replaceState(null, "", `#step=${now.step}`), 300);
}

function written(step, number) {
  const isTold = ([head, lines]) => (line) => line.startsWith(`${head} `) && line.endsWith(` ${lines}`);
  const news = step.result.filter((each) => !step.arithmetic.some(isTold(each)));
  return [
    make("h2", "phase", called(number)),
    make("div", "equations", ...step.equations.map((each) => make("p", "", each))),
    make("div", "numbers given", ...step.given.map(result)),
    make("div", "arithmetic", ...step.arithmetic.map(calculation)),
    make("div", "numbers", ...news.map(result)),
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
  const back = backward ? `${count(backward, "step")} backward` : "no backward pass";
  return [
    make("h2", "phase", "start"),
    make("p", "summary", facts.join(", ")),
    make("p", "summary", `${count(forward, "step")} forward, ${back}`),
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
