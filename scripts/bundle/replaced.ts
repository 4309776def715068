/** Replaces what must be there. */
export function replaced(source: string, what: RegExp | string, by: string): string {
  const changed = source.replaceAll(what, by);
  if (changed === source)
    throw new Error(`The bundle's change no longer applies: ${String(what)} is not there.`);
  return changed;
}
