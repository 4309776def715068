import { setFlagsFromString } from 'node:v8';

/**
 * For jumping around in a recording. V8 allocates objects directly in the old generation if earlier ones of their kind
 * lived long. The frames of each jump are garbage after the next one, but then wait for a full collection; one jump in
 * forty paused for it. It also lets the old generation grow to four times what is in use. With both flags a day of a busy
 * host took 130 MB instead of 165, and was read in four fifths of the time.
 */
export function setHeapForJumps(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString('--heap-growing-percent=100');
}
