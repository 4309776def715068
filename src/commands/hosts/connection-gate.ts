/** Lets so many through at once; the others wait in order. */
export interface Gate {
  /** Resolves with how to leave, which may be called twice. */
  enter(): Promise<() => void>;
}

/** A gate for `most` at once. */
export function createGate(most: number): Gate {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return {
    async enter() {
      if (inside >= most) await new Promise<void>((resolve) => waiting.push(resolve));
      else inside += 1;
      let left = false;
      return () => {
        if (left) return;
        left = true;
        const next = waiting.shift();
        // Whoever waited takes the place.
        if (next === undefined) inside -= 1;
        else next();
      };
    },
  };
}
