import type { fakeTerminal } from '../../test/tui/fake-terminal.js';

export type Emulator = ReturnType<typeof fakeTerminal>['emulator'];

const CELL = { width: 8.4, height: 18 };
const MARGIN = 12;
const FONT_SIZE = 14;

/** xterm's sixteen colours on a dark ground, chosen to be told apart without red and green. */
const PALETTE = [
  '#3b4252',
  '#ff6b64',
  '#6fcf8a',
  '#e3b341',
  '#6cb6ff',
  '#c9a5ff',
  '#56c7d6',
  '#d8dee9',
  '#7b8798',
  '#ff8a80',
  '#8be3a4',
  '#ffd166',
  '#8cc8ff',
  '#dcc3ff',
  '#7fe0ec',
  '#ffffff',
];
const GROUND = '#10151b';
const INK = '#d8dee9';

type Size = Pick<Emulator, 'cols' | 'rows'>;

interface Run {
  readonly column: number;
  readonly style: string;
  readonly ascii: boolean;
  text: string;
}

/** What an emulator shows, as SVG: text stays text, every word stands on the grid whatever the font. */
export function terminalSvg(emulator: Emulator, title: string): string {
  return svgDocument(emulator, title, '', terminalRows(emulator));
}

/** A moment of a picture that plays. */
export interface MovieFrame {
  /** The rows of the screen, as {@link terminalRows} draws them. */
  readonly rows: readonly string[];
  readonly durationMs: number;
}

/**
 * Moments one after the other, over and over, in one SVG. A row is drawn once however many moments show it. Where
 * nothing plays (a renderer without CSS animations, a reader who wants no motion) the `still` one is shown.
 */
export function movieSvg(size: Size, title: string, frames: readonly MovieFrame[], still: number): string {
  const ids = new Map<string, string>();
  const idOf = (row: string): string => {
    const id = ids.get(row) ?? `r${ids.size}`;
    ids.set(row, id);
    return id;
  };
  const wholeMs = frames.reduce((sum, { durationMs }) => sum + durationMs, 0);
  let atMs = 0;
  const styles: string[] = [];
  const groups = frames.map(({ rows, durationMs }, index) => {
    const [from, to] = [atMs, atMs + durationMs].map((ms) => percent(ms / wholeMs));
    atMs += durationMs;
    styles.push(
      `@keyframes f${index}{0%{visibility:${from === '0%' ? 'visible' : 'hidden'}}${from}{visibility:visible}${to}{visibility:hidden}}#f${index}{animation-name:f${index}}`,
    );
    const uses = rows.filter((row) => row !== '').map((row) => `<use href="#${idOf(row)}"/>`);
    return `<g id="f${index}" class="f"${index === still ? '' : ' visibility="hidden"'}>${uses.join('')}</g>`;
  });
  const style = `.f{animation:${round(wholeMs / 1000)}s steps(1,end) infinite}${styles.join('')}@media (prefers-reduced-motion:reduce){.f{animation:none!important}}`;
  const rows = [...ids].map(([row, id]) => `<g id="${id}">${row}</g>`);
  return svgDocument(size, title, style, ['<defs>', ...rows, '</defs>', ...groups]);
}

function percent(share: number): string {
  return `${Math.round(share * 1e5) / 1e3}%`;
}

function svgDocument({ cols, rows }: Size, title: string, style: string, body: readonly string[]): string {
  const width = cols * CELL.width + 2 * MARGIN;
  const height = rows * CELL.height + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" role="img" fill="${INK}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>text{font:${FONT_SIZE}px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}.b{font-weight:bold}${style}</style>`,
    `<rect width="100%" height="100%" rx="6" fill="${GROUND}"/>`,
    ...body.filter((line) => line !== ''),
    '</svg>',
    '',
  ].join('\n');
}

/** Each row of what an emulator shows; empty where nothing stands. */
export function terminalRows(emulator: Emulator): string[] {
  return Array.from({ length: emulator.rows }, (_, row) => rowSvg(emulator, row).join('\n'));
}

function rowSvg(emulator: Emulator, row: number): string[] {
  const buffer = emulator.buffer.active;
  const line = buffer.getLine(buffer.viewportY + row);
  const runs: Run[] = [];
  for (let column = 0; column < emulator.cols; column += 1) {
    const cell = line?.getCell(column);
    const text = cell?.getChars() ?? '';
    const style = cell === undefined ? '' : styleOf(cell);
    // No run has a space in it: renderers differ in what they make of several.
    if (text === '' || text === ' ') continue;
    const ascii = /^[ -~]*$/.test(text);
    const last = runs.at(-1);
    const next = last !== undefined && column === last.column + last.text.length;
    if (last !== undefined && next && last.style === style && last.ascii === ascii) last.text += text;
    else runs.push({ column, style, ascii, text });
  }
  const y = round(MARGIN + row * CELL.height + 13.5);
  return runs.map(
    (run) =>
      `<text x="${round(MARGIN + run.column * CELL.width)}" y="${y}" textLength="${round(run.text.length * CELL.width)}" lengthAdjust="spacingAndGlyphs"${run.style}>${escapeXml(run.text)}</text>`,
  );
}

type Cell = NonNullable<
  ReturnType<NonNullable<ReturnType<Emulator['buffer']['active']['getLine']>>['getCell']>
>;

function styleOf(cell: Cell): string {
  const color = cell.isFgPalette() ? paletteColor(cell.getFgColor()) : null;
  return `${cell.isBold() === 0 ? '' : ' class="b"'}${color === null ? '' : ` fill="${color}"`}`;
}

/** The 256 colours: sixteen of ours, the cube, the greys. */
function paletteColor(index: number): string {
  const named = PALETTE[index];
  if (named !== undefined) return named;
  const hex = (level: number): string => level.toString(16).padStart(2, '0');
  if (index >= 232) return `#${hex(8 + (index - 232) * 10).repeat(3)}`;
  const at = index - 16;
  const level = (step: number): string => hex(step === 0 ? 0 : 55 + step * 40);
  return `#${level(Math.floor(at / 36))}${level(Math.floor(at / 6) % 6)}${level(at % 6)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
