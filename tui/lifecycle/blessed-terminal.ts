import { createRequire } from 'node:module';
import type { Widgets } from 'blessed';
import type * as Blessed from 'blessed';
import type { Plot } from '../chart/plot.js';
import type { Theme } from '../draw/palette.js';
import type { Rect } from '../layout.js';
import { terminfoName } from './terminal.js';
import type { MouseEvent } from '../state/mouse.js';
import type { TerminalInput, TerminalOutput } from './terminal.js';
import { openPlotCanvas } from './plot-canvas.js';
import type { PlotCanvas } from './plot-canvas.js';

const blessed = createRequire(import.meta.url)('blessed') as typeof Blessed;

/** A key as it was pressed: `q`, `S-n`, `C-c`, `left`, `enter`; `character` is what it types, if anything. */
export interface KeyPress {
  readonly name: string;
  readonly character: string;
}

/** What happens at a terminal. */
export interface TerminalEvents {
  onKey(key: KeyPress): void;
  onMouse(event: MouseEvent): void;
  onResize(): void;
  /** The terminal is gone: nothing can be written to it, or nothing will come from it. */
  onLost(): void;
}

/** What stands in a rectangle. */
export interface TerminalPane {
  readonly name: string;
  readonly rect: Rect;
  readonly content: string;
  readonly plots: readonly Plot[];
}

/** The terminal while the screen has it. */
export interface Terminal {
  readonly width: number;
  readonly height: number;
  /** How many colours it has. */
  readonly colors: number;
  /** Shows lines (text with SGR sequences) and plots in rectangles; panes not named any more are taken away. */
  setPanes(panes: readonly TerminalPane[]): void;
  /** Asks the terminal for clicks and the wheel, or leaves them to it. */
  setMouse(wanted: boolean): void;
  /** Draws what changed. */
  draw(): void;
  /** Writes a sequence past the screen, such as one for the clipboard. */
  write(sequence: string): void;
  leave(): void;
  enter(): void;
  destroy(): void;
}

// In blessed, but not in its types.
interface ScreenInternals {
  leave(): void;
  enter(): void;
  readonly tput: { brokenACS: boolean; readonly colors: number };
  readonly program: {
    on(event: 'mouse', listener: (event: BlessedMouse) => void): void;
    setMouse(modes: { vt200Mouse: boolean; sgrMouse: boolean }, on: boolean): void;
  };
}

interface BlessedMouse {
  readonly action: string;
  readonly button: string;
  readonly x: number;
  readonly y: number;
}

const ACTIONS: Readonly<Record<string, MouseEvent['action']>> = {
  mousedown: 'click',
  wheelup: 'wheel-up',
  wheeldown: 'wheel-down',
};

interface Pane {
  readonly box: Widgets.BoxElement;
  rect: Rect;
  content: string;
}

/** How a terminal is taken. */
export interface TerminalOptions {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly color: boolean;
  readonly ascii: boolean;
  readonly theme: Theme;
}

const HANDLED = ['exit', 'uncaughtException', 'SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

/**
 * Takes the terminal: alternate screen, raw keys, no cursor. Where that fails it is given back, and the handlers that
 * blessed has left are taken off: they would throw at the exit of the process, and the error would never be told.
 */
export function openTerminal(options: TerminalOptions, events: TerminalEvents): Terminal {
  const handlers = (event: (typeof HANDLED)[number]): NodeJS.ExitListener[] =>
    process.listeners(event as 'exit');
  const before = new Set(HANDLED.flatMap(handlers));
  let made: Widgets.Screen | null = null;
  try {
    return takeTerminal(options, events, (screen) => (made = screen));
  } catch (error) {
    giveBack(made);
    for (const event of HANDLED)
      for (const listener of handlers(event))
        if (!before.has(listener)) process.removeListener(event, listener);
    throw error;
  }
}

function giveBack(screen: Widgets.Screen | null): void {
  try {
    (screen as unknown as ScreenInternals | null)?.leave();
  } catch {
    // The terminal is gone: the first error says so.
  }
}

function blessedSettings(options: TerminalOptions): Widgets.IScreenOptions {
  const { input, output } = options;
  const settings = {
    input,
    output,
    terminal: terminfoName(options.env),
    // Without LANG (sudo drops it) blessed would print `?` for every block.
    forceUnicode: !options.ascii,
    fullUnicode: false,
    autoPadding: false,
    warnings: false,
  };
  return settings as unknown as Widgets.IScreenOptions;
}

function takeTerminal(
  options: TerminalOptions,
  events: TerminalEvents,
  onMade: (screen: Widgets.Screen) => void,
): Terminal {
  const { input, output } = options;
  const screen = blessed.screen(blessedSettings(options));
  onMade(screen);
  const internals = screen as unknown as ScreenInternals;
  // Line drawing as characters: the alternate character set is one more mode to leave behind.
  internals.tput.brokenACS = true;
  const { colors } = internals.tput;
  const panes = new Map<string, Pane>();
  const canvases: PlotCanvas[] = [];
  let lost = false;

  const lose = (): void => {
    if (lost) return;
    lost = true;
    events.onLost();
  };
  screen.on('keypress', (character: string | undefined, key: { readonly full?: string }) => {
    // blessed emits Enter twice, as `enter` and as `return`.
    if (key.full === undefined || key.full === 'return') return;
    events.onKey({ name: key.full, character: character ?? '' });
  });
  internals.program.on('mouse', ({ action, button, x, y }) => {
    const meant = ACTIONS[action];
    if (meant === undefined || (meant === 'click' && button !== 'left')) return;
    events.onMouse({ action: meant, x, y });
  });
  let mouse = false;
  const applyMouseMode = (on: boolean): void =>
    internals.program.setMouse({ vt200Mouse: on, sgrMouse: on }, on);
  const resized = (): void => events.onResize();
  screen.on('resize', resized);
  output.on('error', lose);
  input.on('error', lose);
  input.on('end', lose);

  function showPane({ name, rect, content }: TerminalPane): void {
    const known = panes.get(name);
    if (known === undefined) {
      const box = blessed.box({ ...rect, content, screen, tags: false, wrap: false });
      // Behind the plots that stand in it.
      screen.prepend(box);
      panes.set(name, { box, rect, content });
      return;
    }
    if (!sameRect(known.rect, rect)) {
      Object.assign(known.box, rect);
      known.rect = rect;
    }
    if (known.content !== content) {
      known.box.setContent(content);
      known.content = content;
    }
  }

  function dropPane(name: string, pane: Pane): void {
    pane.box.detach();
    panes.delete(name);
  }

  return {
    get width() {
      return Number(screen.width);
    },
    get height() {
      return Number(screen.height);
    },
    colors,
    setPanes(next) {
      const names = new Set(next.map((terminalPane) => terminalPane.name));
      for (const [name, pane] of panes) if (!names.has(name)) dropPane(name, pane);
      for (const terminalPane of next) showPane(terminalPane);
      const wanted = next.flatMap(({ rect, plots }) =>
        plots.map((plot) => ({ plot, at: offsetRect(rect, plot.rect) })),
      );
      for (const extra of canvases.splice(wanted.length)) extra.remove();
      wanted.forEach(({ plot, at }, index) => {
        const canvas = (canvases[index] ??= openPlotCanvas(
          screen,
          options.color ? colors : 0,
          options.theme,
        ));
        canvas.show(plot, at);
      });
    },
    setMouse(wanted) {
      if (wanted === mouse || lost) return;
      mouse = wanted;
      applyMouseMode(mouse);
    },
    draw() {
      if (!lost) screen.render();
    },
    write(sequence) {
      if (!lost) output.write(sequence);
    },
    leave() {
      if (mouse) applyMouseMode(false);
      internals.leave();
      setRawMode(input, false);
      input.pause();
    },
    enter() {
      setRawMode(input, true);
      input.resume();
      internals.enter();
      if (mouse) applyMouseMode(true);
      screen.render();
    },
    destroy() {
      if (mouse && !lost) applyMouseMode(false);
      lost = true;
      input.removeListener('end', lose);
      screen.destroy();
      // An error that comes after the end must not become an uncaught exception: the listeners stay.
    },
  };
}

function setRawMode(input: TerminalInput, raw: boolean): void {
  if ('setRawMode' in input) input.setRawMode(raw);
}

function offsetRect(outer: Rect, inner: Rect): Rect {
  return { ...inner, left: outer.left + inner.left, top: outer.top + inner.top };
}

function sameRect(a: Rect, b: Rect): boolean {
  return a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;
}
