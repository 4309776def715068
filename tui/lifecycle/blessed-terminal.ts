import { createRequire } from 'node:module';
import type { Widgets } from 'blessed';
import type * as Blessed from 'blessed';
import type { Rect } from '../layout.js';
import { terminfoName } from '../terminal.js';
import type { TerminalInput, TerminalOutput } from '../terminal.js';

const blessed = createRequire(import.meta.url)('blessed') as typeof Blessed;

/** A key as it was pressed: `q`, `S-n`, `C-c`, `left`, `enter`; `character` is what it types, if anything. */
export interface KeyPress {
  readonly name: string;
  readonly character: string;
}

/** What happens at a terminal. */
export interface TerminalEvents {
  onKey(key: KeyPress): void;
  onResize(): void;
  /** The terminal is gone: nothing can be written to it, or nothing will come from it. */
  onLost(): void;
}

/** The terminal while the screen has it. */
export interface Terminal {
  readonly width: number;
  readonly height: number;
  /** Shows `content` (lines with SGR sequences) in a rectangle; made on first use. */
  setPane(name: string, rect: Rect, content: string): void;
  /** Panes not named are taken away. */
  keepPanes(names: ReadonlySet<string>): void;
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
  readonly tput: { brokenACS: boolean };
}

interface Pane {
  readonly box: Widgets.BoxElement;
  rect: Rect;
  content: string;
}

/** Takes the terminal: alternate screen, raw keys, no cursor. */
export function openTerminal(
  options: {
    readonly input: TerminalInput;
    readonly output: TerminalOutput;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly ascii: boolean;
  },
  events: TerminalEvents,
): Terminal {
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
  const screen = blessed.screen(settings as unknown as Widgets.IScreenOptions);
  const internals = screen as unknown as ScreenInternals;
  // Line drawing as characters: the alternate character set is one more mode to leave behind.
  internals.tput.brokenACS = true;
  const panes = new Map<string, Pane>();
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
  const resized = (): void => events.onResize();
  screen.on('resize', resized);
  output.on('error', lose);
  input.on('error', lose);
  input.on('end', lose);

  return {
    get width() {
      return Number(screen.width);
    },
    get height() {
      return Number(screen.height);
    },
    setPane(name, rect, content) {
      const known = panes.get(name);
      if (known === undefined) {
        const box = blessed.box({ ...rect, content, tags: false, wrap: false });
        screen.append(box);
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
    },
    keepPanes(names) {
      for (const [name, pane] of panes) {
        if (names.has(name)) continue;
        pane.box.detach();
        panes.delete(name);
      }
    },
    draw() {
      if (!lost) screen.render();
    },
    write(sequence) {
      if (!lost) output.write(sequence);
    },
    leave: () => internals.leave(),
    enter() {
      internals.enter();
      screen.render();
    },
    destroy() {
      lost = true;
      input.removeListener('end', lose);
      screen.destroy();
      // An error that comes after the end must not become an uncaught exception: the listeners stay.
    },
  };
}

function sameRect(a: Rect, b: Rect): boolean {
  return a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;
}
