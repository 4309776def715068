/** Looks for a `\\u` escape in a line that comes in pieces. */
export interface EscapeFinder {
  /** Looks at the next piece; whether an escape was found by then. */
  look(bytes: Uint8Array, from: number, to: number): boolean;
}

/** `\\\\u` is an escaped backslash and a letter. */
export function createEscapeFinder(): EscapeFinder {
  let found = false;
  /** The last byte was a backslash that escapes the next. */
  let escaping = false;
  return {
    look(bytes, from, to) {
      for (let at = from; at < to && !found; at++) {
        if (escaping) {
          found = bytes[at] === 117;
          escaping = false;
          continue;
        }
        at = bytes.indexOf(92, at);
        if (at < 0) break;
        escaping = at < to;
      }
      return found;
    },
  };
}
