// The steps, and when things appear: with which step a box is there, and with which its numbers are complete.

const steps = data.steps;
const forward = steps.filter((step) => step.phase === "forward").length;
const own = new Map(steps.map((step, i) => [step.box, i + 1])); // folded boxes and leaves have none of their own
const ties = arrows.filter((arrow) => arrow.kind === "tie");
const sideOf = new Map(ties.map(({ source, target }) => [source, target])); // the backward side of a box
const frontOf = new Map(ties.map(({ source, target }) => [target, source]));
const times = new Map();

/** The arrows of one kind that lead to a box. */
function arriving(key, kind) {
  return arrows.filter((arrow) => arrow.target === key && arrow.kind === kind);
}

/** The steps with which a box appears, and with which it is complete. */
function timeOf(key) {
  if (!times.has(key)) {
    times.set(key, { from: 0, full: 0 }); // for the case of a cycle, which folding can make
    times.set(key, frontOf.has(key) ? returned(key) : computed(key));
  }
  return times.get(key);
}

/** A forward side is there from the beginning, and complete when it or what it is made from is computed. */
function computed(key) {
  const sources = arriving(key, "forward").map((arrow) => timeOf(arrow.source).full);
  return { from: 0, full: own.get(key) ?? Math.max(0, ...sources) };
}

/** A backward side appears with the first cotangent that comes to it, and is complete with the last one. */
function returned(key) {
  const arrivals = arriving(key, "backward").map((arrow) => usedIn(arrow.source));
  if (!arrivals.length || boxes.get(frontOf.get(key)).kind === "output") arrivals.push(forward + 1);
  return { from: Math.min(...arrivals), full: Math.max(...arrivals) };
}

/** The step that a box is used in: its own, or that with which it is complete. */
function usedIn(key) {
  return own.get(key) ?? timeOf(key).full;
}

/** The step with which an arrow appears. */
function timeOfArrow({ kind, source, target }) {
  if (kind === "tie") return timeOf(target).from;
  return kind === "forward" ? timeOf(target).full : usedIn(source);
}

/** The step with which the gradient along a forward arrow is known. */
function timeOfGradient({ kind, target }) {
  return kind === "forward" && sideOf.has(target) ? usedIn(sideOf.get(target)) : 0;
}
