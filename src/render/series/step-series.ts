/** One value per index, held as its changes: 12 bytes each. */
export interface StepSeries {
  /** Adds the value at `index`, which rises from call to call. Returns by how many bytes the series grew. */
  add(index: number, value: number): number;
  /** Every value that was added, in order. */
  samples(): Generator<{ readonly index: number; readonly value: number }>;
}

const BYTES_PER_STEP = 12;
const FIRST_STEPS = 8;
/** What an empty series takes, about. */
const SERIES_BYTES = 500;

/** Starts an empty series. */
export function createStepSeries(): StepSeries {
  let indexes = new Uint32Array(FIRST_STEPS);
  // NaN: no value from this index on.
  let values = new Float64Array(FIRST_STEPS);
  let steps = 0;
  let lastIndex = -1;
  let lastValue = NaN;

  function addStep(index: number, value: number): number {
    let grownBytes = steps === 0 ? SERIES_BYTES : 0;
    if (steps === indexes.length) {
      grownBytes += steps * BYTES_PER_STEP;
      indexes = grow(indexes, new Uint32Array(steps * 2));
      values = grow(values, new Float64Array(steps * 2));
    }
    indexes[steps] = index;
    values[steps] = value;
    steps += 1;
    return grownBytes;
  }

  return {
    add(index, value) {
      let grownBytes = 0;
      const interrupted = steps > 0 && index > lastIndex + 1;
      if (interrupted) grownBytes += addStep(lastIndex + 1, NaN);
      if (interrupted || value !== lastValue) grownBytes += addStep(index, value);
      lastIndex = index;
      lastValue = value;
      return grownBytes;
    },
    *samples() {
      for (let step = 0; step < steps; step += 1) {
        const value = values[step] ?? NaN;
        if (Number.isNaN(value)) continue;
        const end = step + 1 < steps ? (indexes[step + 1] ?? 0) : lastIndex + 1;
        for (let index = indexes[step] ?? 0; index < end; index += 1) yield { index, value };
      }
    },
  };
}

function grow<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
