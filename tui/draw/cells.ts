import { safeText } from '../../src/render/index.js';

/** Stands for a character that cannot be shown in one column. */
const MISFIT = '·';

// Combining marks, format characters, surrogate pairs (emoji and the like), private use and unassigned;
// then the wide blocks of East Asian scripts and the BMP symbols that terminals draw as emoji.
const NOT_ONE_COLUMN =
  /[\u{10000}-\u{10ffff}]|\p{M}|\p{C}|[\u1100-\u11ff\u2329\u232a\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uffe6]|[\u231a\u231b\u23e9-\u23f3\u25fd\u25fe\u2614\u2615\u2630-\u2637\u2648-\u2653\u267f\u268a-\u268f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2-\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55]/gu;

const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * Makes text safe for a grid: afterwards every UTF-16 unit is one column, nothing moves the cursor, and no
 * name can shift what stands beside it. What does not fit in one column becomes `·`.
 */
export function cells(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  return safeText(text.replace(/[\t\p{Zs}]/gu, ' '), Infinity).replace(NOT_ONE_COLUMN, MISFIT);
}

/** Cuts at the end to `width` columns, `…` standing for what is gone. The text must be made of cells. */
export function clipEnd(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 0 ? '' : `${text.slice(0, width - 1)}…`;
}

/** Cuts in the middle: both ends of an address or a unit name matter, its middle least. */
export function clipMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  if (width < 4) return clipEnd(text, width);
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
}

/** Breaks text at spaces into at most `rows` rows of `width` columns; the last is clipped. */
export function wrapText(text: string, width: number, rows = Infinity): string[] {
  if (width <= 0) return [];
  const wrapped: string[] = [];
  let rest = text;
  while (rest.length > width && wrapped.length + 1 < rows) {
    const space = rest.lastIndexOf(' ', width);
    const cut = space > width / 3 ? space : width;
    wrapped.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return [...wrapped, clipEnd(rest, width)];
}

/** The first of `candidates`, longest first, that fits in `width`; the last, clipped, when none does. */
export function firstThatFits(candidates: readonly string[], width: number): string {
  const found = candidates.find((candidate) => candidate.length <= width);
  return found ?? clipEnd(candidates.at(-1) ?? '', width);
}

/** The first of `candidates` that fits in a row; else the first, over as many as `rows` rows. */
export function firstThatFitsRows(candidates: readonly string[], width: number, rows: number): string[] {
  if (rows < 1) return [];
  const found = candidates.find((candidate) => candidate.length <= width);
  return found === undefined ? wrapText(candidates[0] ?? '', width, rows) : [found];
}
