import { splitParts } from '../json/keys.js';

/** The head of a line that prints a map: `@name: …` or `@name[key]: …`. */
export interface EntryHead {
  readonly name: string;
  /** Undefined for a map without a key. */
  readonly keyText: string | undefined;
  /** What follows the colon, its one space taken off. */
  readonly rest: string;
  /** The line ended at the colon, without the space that 0.21 and older put there. */
  readonly bare: boolean;
  /** The key or the value holds `]: ` itself, and where one ends was guessed. */
  readonly guessed: boolean;
}

/** Values that only bpftrace writes: if one stands behind a `]: `, the key ends there. */
const TYPED_VALUE = /^(?:-?\d{1,20}$|count -?\d{1,20}, average |\{ \.\w{1,200} = )/;

/** Reads the head of a line, or undefined if it prints no map. */
export function readEntryHead(line: string): EntryHead | undefined {
  const name = /^@\w*/.exec(line)?.[0];
  if (name === undefined) return undefined;
  const next = line.charCodeAt(name.length);
  if (next === 58) return headAt(line, name, name.length, undefined, false);
  if (next !== 91) return undefined;
  const closings = closingsOf(line, name.length + 1);
  const [first] = closings;
  if (first === undefined) return undefined;
  const typed = closings.length > 1 ? closings.find((at) => TYPED_VALUE.test(line.slice(at + 3))) : undefined;
  const at = typed ?? first;
  return headAt(line, name, at + 1, line.slice(name.length + 1, at), closings.length > 1);
}

function headAt(
  line: string,
  name: string,
  colon: number,
  keyText: string | undefined,
  guessed: boolean,
): EntryHead | undefined {
  const bare = colon + 1 === line.length;
  if (!bare && line.charCodeAt(colon + 1) !== 32) return undefined;
  return { name, keyText, rest: line.slice(colon + 2), bare, guessed };
}

/** Where `]:` stands with a space or nothing behind it; at most 8, a line of nothing else must not be slow. */
function closingsOf(line: string, from: number): number[] {
  const found: number[] = [];
  for (let at = line.indexOf(']:', from); at >= 0 && found.length < 8; at = line.indexOf(']:', at + 1)) {
    if (at + 2 === line.length || line.charCodeAt(at + 2) === 32) found.push(at);
  }
  return found;
}

/** Whether a line opens a key that ends on a later line: keys hold stacks, and texts with newlines. */
export function opensKey(line: string): boolean {
  return /^@\w*\[/.test(line) && closingsOf(line, 0).length === 0;
}

/** Whether a key that an earlier line opened may end on this one. */
export function closesKey(line: string): boolean {
  return closingsOf(line, 0).length > 0;
}

/** The parts of a key as text output prints them. */
export function textKeyParts(keyText: string): readonly string[] {
  return splitParts(keyText, ', ');
}
