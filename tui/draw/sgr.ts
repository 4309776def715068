import type { Line, Tone } from './line.js';

/** The background that colours are chosen for. */
export type Theme = 'dark' | 'light';

/** How the terminal may be drawn on. */
export interface Look {
  readonly color: boolean;
  readonly ascii: boolean;
  /** Dark when absent. */
  readonly theme?: Theme;
}

// Bold and reverse are no colours: they stay with NO_COLOR. Grey is the 256-colour one because the bright
// black of some palettes is the background; blessed reduces it where there are fewer colours.
const WITH_COLOR: Readonly<Record<Theme, Readonly<Record<Tone, string>>>> = {
  // The sixteen of the terminal, which its owner has chosen to be read on its ground.
  dark: {
    plain: '',
    strong: '1',
    dim: '38;5;244',
    critical: '1;31',
    warning: '33',
    ok: '32',
    accent: '36',
    inverse: '7',
  },
  // Yellow and cyan vanish on white: darker ones of the 256, apart in lightness as well for those who see no
  // difference between red and green; each has 4.5:1 on white.
  light: {
    plain: '',
    strong: '1',
    dim: '38;5;241',
    critical: '1;38;5;160',
    warning: '38;5;94',
    ok: '38;5;22',
    accent: '38;5;25',
    inverse: '7',
  },
};

const WITHOUT_COLOR: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  dim: '',
  critical: '1',
  warning: '',
  ok: '',
  accent: '',
  inverse: '7',
};

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
  const codes = look.color ? WITH_COLOR[look.theme ?? 'dark'] : WITHOUT_COLOR;
  return lines
    .map((line) =>
      line
        .map(({ text, tone }) => {
          const shown = look.ascii ? toAscii(text) : text;
          return codes[tone] === '' ? shown : `\u001b[${codes[tone]}m${shown}\u001b[m`;
        })
        .join(''),
    )
    .join('\n');
}
