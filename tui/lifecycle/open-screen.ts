import { clipLine } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import { toSgr } from '../draw/sgr.js';
import { layoutOf } from '../layout.js';
import type { PaneName } from '../layout.js';
import type { Screen, ScreenCommand, ScreenState } from '../screen-state.js';
import { needsAscii } from '../terminal.js';
import type { TerminalInput, TerminalOutput } from '../terminal.js';
import { headerView } from '../views/header.js';
import { verdictView } from '../views/verdict.js';
import { openTerminal } from './blessed-terminal.js';

/** How a screen is opened. */
export interface ScreenOptions {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `false` with NO_COLOR or --no-color. */
  readonly color: boolean;
  /** Only ASCII characters. */
  readonly ascii: boolean;
  onCommand(command: ScreenCommand): void;
}

/**
 * Opens the screen on a terminal. Never ends the process and installs no signal handler of its own: keys that
 * ask for the end arrive as commands, and `close` gives the terminal back.
 */
export function openScreen(options: ScreenOptions): Screen {
  const ascii = options.ascii || needsAscii(options.env);
  const look = { color: options.color, ascii };
  let state: ScreenState | null = null;
  let closed = false;
  const terminal = openTerminal(
    { ...options, ascii },
    {
      onKey(key) {
        if (key.name === 'q') options.onCommand({ kind: 'quit', reason: 'key' });
        if (key.name === 'C-c') options.onCommand({ kind: 'quit', reason: 'interrupt' });
        if (key.name === 'space') options.onCommand({ kind: 'toggle-freeze' });
        if (key.name === 'left') options.onCommand({ kind: 'step', frames: -1 });
        if (key.name === 'right') options.onCommand({ kind: 'step', frames: 1 });
      },
      onResize: () => redraw(),
      onLost: () => options.onCommand({ kind: 'quit', reason: 'terminal-lost' }),
    },
  );

  function redraw(): void {
    if (state === null || closed) return;
    const layout = layoutOf(terminal.width, terminal.height);
    const views: Readonly<Record<PaneName, Line[]>> = {
      header: headerView(state, terminal.width),
      verdict: verdictView(state),
    };
    for (const [name, rect] of layout) {
      const lines = views[name].slice(0, rect.height).map((line) => clipLine(line, rect.width));
      terminal.setPane(name, rect, toSgr(lines, look));
    }
    terminal.keepPanes(new Set(layout.keys()));
    terminal.draw();
  }

  return {
    update(next) {
      state = next;
      redraw();
    },
    close() {
      if (closed) return;
      closed = true;
      terminal.destroy();
    },
    suspend: () => terminal.leave(),
    resume() {
      terminal.enter();
      redraw();
    },
  };
}
