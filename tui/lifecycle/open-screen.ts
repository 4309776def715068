import { composeScreen } from '../compose.js';
import { toSgr } from '../draw/sgr.js';
import type { Theme } from '../draw/sgr.js';
import { bindingOf, keyName } from '../state/bindings.js';
import type { Screen, ScreenCommand, ScreenState } from '../../src/playback/screen-state.js';
import { needsAscii } from './terminal.js';
import type { TerminalInput, TerminalOutput } from './terminal.js';
import { applyAction, typeIntoPrompt } from '../state/reduce.js';
import { INITIAL_UI } from '../state/ui-state.js';
import type { Outcome } from '../state/reduce.js';
import type { UiState } from '../state/ui-state.js';
import { openTerminal } from './blessed-terminal.js';
import type { KeyPress } from './blessed-terminal.js';

/** How a screen is opened. */
export interface ScreenOptions {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `false` with NO_COLOR or --no-color. */
  readonly color: boolean;
  /** Only ASCII characters; `null` goes by the environment. */
  readonly ascii: boolean | null;
  /** Dark when absent. */
  readonly theme?: Theme;
  /** Keys of the user's own, by the names of {@link BINDINGS}: each does what the other does. */
  readonly keys?: Readonly<Record<string, string>>;
  onCommand(command: ScreenCommand): void;
  /** Ctrl-Z: stops the process as the terminal would. Sends SIGTSTP to it when absent; see `guardTerminal`. */
  onSuspend?(): void;
}

/**
 * Opens the screen on a terminal. Never ends the process and installs no signal handler of its own: keys that
 * ask for the end arrive as commands, and `close` gives the terminal back.
 */
export function openScreen(options: ScreenOptions): Screen {
  const look = {
    color: options.color,
    ascii: options.ascii ?? needsAscii(options.env),
    theme: options.theme ?? 'dark',
  };
  const ownKeys = new Map(
    Object.entries(options.keys ?? {}).map(([key, meant]) => [keyName(key), keyName(meant)]),
  );
  let state: ScreenState | null = null;
  let ui: UiState = { ...INITIAL_UI, ownKeys: options.keys ?? {} };
  let shown: 'open' | 'suspended' | 'closed' = 'open';
  const terminal = openTerminal(
    { ...options, ...look },
    {
      onKey: press,
      onResize: redraw,
      onLost: () => options.onCommand({ kind: 'quit', reason: 'terminal-lost' }),
    },
  );

  function press(key: KeyPress): void {
    if (shown !== 'open') return;
    const outcome = outcomeOf(key);
    if (outcome === null) return;
    ({ ui } = outcome);
    if (outcome.copy !== undefined) terminal.write(clipboardSequence(outcome.copy));
    redraw();
    if (outcome.suspend === true) raise();
    if (outcome.command !== undefined) options.onCommand(outcome.command);
    else if (state !== null && state.notice !== null) options.onCommand({ kind: 'noticed' });
  }

  function raise(): void {
    if (options.onSuspend === undefined) process.kill(process.pid, 'SIGTSTP');
    else options.onSuspend();
  }

  function outcomeOf(key: KeyPress): Outcome | null {
    if (ui.prompt !== null) return typeIntoPrompt(ui, ui.prompt, key);
    const binding = bindingOf(ownKeys.get(key.name) ?? key.name);
    if (binding !== undefined) return applyAction(ui, binding.action, state);
    return /^[!-~]$/.test(key.character)
      ? { ui: { ...ui, reply: `${key.character} is no key; ? lists them` } }
      : null;
  }

  function redraw(): void {
    if (state === null || shown !== 'open') return;
    const size = { width: terminal.width, height: terminal.height };
    const drawn = composeScreen(state, ui, size, look);
    ui = { ...ui, scroll: Math.min(ui.scroll, drawn.maxScroll) };
    terminal.setPanes(drawn.panes.map((pane) => ({ ...pane, content: toSgr(pane.lines, look) })));
    terminal.draw();
  }

  function suspend(): void {
    if (shown !== 'open') return;
    shown = 'suspended';
    terminal.leave();
  }

  return {
    update(next) {
      state = next;
      redraw();
    },
    close() {
      if (shown === 'closed') return;
      shown = 'closed';
      terminal.destroy();
    },
    suspend,
    resume() {
      if (shown === 'closed') return;
      // Stopped and continued by SIGSTOP and SIGCONT: whoever had the terminal meanwhile may have changed it.
      if (shown === 'open') terminal.leave();
      shown = 'open';
      terminal.enter();
      redraw();
    },
  };
}

/** OSC 52: the terminal puts the text on the clipboard; one that does not know it ignores it. */
function clipboardSequence(text: string): string {
  return `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
}
