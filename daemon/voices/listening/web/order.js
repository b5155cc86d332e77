// The order of the questions: of the page's seed and the listener's id, so that it is his own after a reload.

function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function shuffled(items, random) {
  const left = items.slice();
  for (let last = left.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [left[last], left[other]] = [left[other], left[last]];
  }
  // The same sentence is not heard twice in a row where another one is left.
  const order = [];
  while (left.length) {
    const before = order.length ? order[order.length - 1].apart : null;
    const found = left.findIndex((trial) => trial.apart !== before);
    order.push(...left.splice(Math.max(found, 0), 1));
  }
  return order;
}

function ordered() {
  const random = generator(page.seed ^ parseInt(state.listener.slice(0, 8), 16));
  const of = (kind, training) =>
    page.trials.filter((trial) => trial.kind === kind && Boolean(trial.training) === training);
  return [
    ...of("quality", true),
    ...shuffled(of("quality", false), random),
    ...of("same", true),
    ...shuffled(of("same", false), random),
  ];
}

let order = ordered();
