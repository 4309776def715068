import { wrapText } from './cells.js';

/**
 * A shell command over rows that can be selected and pasted as they stand: it is broken between words, outside of
 * quotes, and a backslash ends each row but the last. Where a quoted word is longer than a row it is broken as text.
 */
export function wrapCommand(command: string, width: number): string[] {
  const rows: string[] = [];
  let rest = command;
  while (rest.length > width) {
    const cut = lastBreak(rest, width - 2);
    if (cut === null) return [...rows, ...wrapText(rest, width)];
    rows.push(`${rest.slice(0, cut)} \\`);
    rest = rest.slice(cut + 1);
  }
  return [...rows, rest];
}

/** The last space up to `end` that parts two words for the shell; `null` when there is none. */
function lastBreak(text: string, end: number): number | null {
  let quote: string | null = null;
  let found: number | null = null;
  for (let at = 0; at <= end; at += 1) {
    const character = text[at];
    if (quote !== null) {
      if (character === quote) quote = null;
    } else if (character === "'" || character === '"') quote = character;
    else if (character === ' ' && text[at - 1] !== '\\') found = at;
  }
  return found;
}
