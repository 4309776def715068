/**
 * The three ways bpftrace has written JSON: `A` up to 0.21, `B` in 0.22 and 0.23 (string keys escaped twice),
 * `C` from 0.24 (rewritten: spaces deleted from keys, integers beyond a double as strings, buffers as arrays).
 */
export type JsonGeneration = 'A' | 'B' | 'C';

/**
 * The generation of a version as bpftrace prints it (`bpftrace v0.23.2`, `0.17.0`, `v0.24.0-12-gabc`), or
 * undefined if there is no version in the text.
 */
export function generationOf(version: string): JsonGeneration | undefined {
  const found = /(\d+)\.(\d+)/.exec(version);
  if (found === null) return undefined;
  if (Number(found[1]) > 0) return 'C';
  const minor = Number(found[2]);
  return minor <= 21 ? 'A' : minor <= 23 ? 'B' : 'C';
}

/** Whether a version prints averages of negative values as large positive ones (0.11 and older), if it is known. */
export function hasUnsignedAverages(version: string | undefined): boolean | undefined {
  const found = /(\d+)\.(\d+)/.exec(version ?? '');
  return found === null ? undefined : Number(found[1]) === 0 && Number(found[2]) <= 11;
}
