import type { Line } from './line.js';
import { PALETTE, sgrOf } from './palette.js';
import type { Theme } from './palette.js';

/** How the terminal may be drawn on. */
export interface Look {
  readonly color: boolean;
  readonly ascii: boolean;
  /** How many colours the terminal has; 256 when absent. */
  readonly colors?: number;
  /** Dark when absent. */
  readonly theme?: Theme;
}

/** What each glyph of ours becomes where only ASCII can be shown; marks are told apart from lines and from bars. */
const ASCII: Readonly<Record<string, string>> = {
  '█': '#',
  '▉': '#',
  '▊': '#',
  '▋': '#',
  '▌': '=',
  '▍': '=',
  '▎': ':',
  '▏': ':',
  '▁': '_',
  '▂': '.',
  '▃': ':',
  '▄': ';',
  '▅': '=',
  '▆': '+',
  '▇': '*',
  '░': '.',
  '─': '-',
  '━': '=',
  '│': '|',
  '┤': '|',
  '┼': '+',
  '└': '+',
  '┄': '-',
  '✖': 'X',
  '▲': '!',
  '✔': 'v',
  '●': '@',
  '■': 'o',
  '◆': '+',
  '▶': '>',
  '·': '-',
  '…': '~',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
};

/** Text with only ASCII in it, one character for one. */
export function toAscii(text: string): string {
  return text.replace(/[^ -~]/g, (glyph) => ASCII[glyph] ?? '?');
}

/** Lines as text with SGR sequences, for a box that takes them as they are. */
export function toSgr(lines: readonly Line[], look: Look): string {
  const colors = look.color ? (look.colors ?? 256) : 0;
  const inks = PALETTE[look.theme ?? 'dark'];
  return lines
    .map((line) =>
      line
        .map(({ text, tone }) => {
          const shown = look.ascii ? toAscii(text) : text;
          const codes = sgrOf(inks[tone], colors);
          return codes === '' ? shown : `\u001b[${codes}m${shown}\u001b[m`;
        })
        .join(''),
    )
    .join('\n');
}
