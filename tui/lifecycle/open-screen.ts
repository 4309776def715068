import { composeScreen } from '../compose.js';
import type { DrawnScreen } from '../compose.js';
import { toSgr } from '../draw/sgr.js';
import type { Theme } from '../draw/palette.js';
import { bindingOf, keyName } from '../state/bindings.js';
import type { Screen, ScreenCommand, ScreenState } from '../../src/playback/screen-state.js';
import { needsAscii } from './terminal.js';
import type { TerminalInput, TerminalOutput } from './terminal.js';
import { applyAction, typeIntoPrompt } from '../state/reduce.js';
import { withPinFirst } from '../state/pin.js';
import { INITIAL_UI } from '../state/ui-state.js';
import type { Outcome } from '../state/reduce.js';
import type { UiState } from '../state/ui-state.js';
import { applyMouse } from '../state/mouse.js';
import type { MouseEvent } from '../state/mouse.js';
import { copyText } from './clipboard.js';
import type { PipeTo } from './clipboard.js';
import type { PacedOutput } from './paced-output.js';
import { openTerminal } from './blessed-terminal.js';
import type { KeyPress } from './blessed-terminal.js';

/** How a screen is opened. */
export interface ScreenOptions {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  /** Where `output` is paced: a frame is left out while the terminal has not taken the one before. */
  readonly pace?: Omit<PacedOutput, 'output'> | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `false` with NO_COLOR or --no-color. */
  readonly color: boolean;
  /** Only ASCII characters; `null` goes by the environment. */
  readonly ascii: boolean | null;
  /** Dark when absent. */
  readonly theme?: Theme;
  /** Keys of the user's own, by the names of {@link BINDINGS}: each does what the other does. */
  readonly keys?: Readonly<Record<string, string>>;
  /** What the lists are filtered by at first. */
  readonly filter?: string;
  /** The wall clock; that of the machine when absent. */
  readonly now?: () => number;
  /** How text reaches another program; another one in tests. */
  readonly pipeTo?: PipeTo;
  onCommand(command: ScreenCommand): void;
  /** Ctrl-Z: stops the process as the terminal would. Sends SIGTSTP to it when absent; see `guardTerminal`. */
  onSuspend?(): void;
}

/**
 * Opens the screen on a terminal. Never ends the process and installs no signal handler of its own: keys that
 * ask for the end arrive as commands, and `close` gives the terminal back.
 */
export function openScreen(options: ScreenOptions): Screen {
  const wanted = {
    color: options.color,
    ascii: options.ascii ?? needsAscii(options.env),
    theme: options.theme ?? 'dark',
  };
  const ownKeys = new Map(
    Object.entries(options.keys ?? {}).map(([key, meant]) => [keyName(key), keyName(meant)]),
  );
  /** As it was given, and with the pinned finding first. */
  let given: ScreenState | null = null;
  let state: ScreenState | null = null;
  let ui: UiState = { ...INITIAL_UI, ownKeys: options.keys ?? {}, filter: options.filter ?? '' };
  let drawn: DrawnScreen | null = null;
  let shown: 'open' | 'suspended' | 'closed' = 'open';
  const { pace = null } = options;
  pace?.onCaughtUp(() => {
    if (postponed) redraw();
  });
  /** Something is to be shown that the terminal had no room for. */
  let postponed = false;
  const terminal = openTerminal(
    { ...options, ...wanted },
    {
      onKey: press,
      onMouse: click,
      onResize: redraw,
      onLost: () => options.onCommand({ kind: 'quit', reason: 'terminal-lost' }),
    },
  );

  const look = { ...wanted, colors: terminal.colors };

  function press(key: KeyPress): void {
    if (shown !== 'open') return;
    const outcome = outcomeOf(key);
    if (outcome !== null) apply(outcome);
  }

  function click(event: MouseEvent): void {
    if (shown !== 'open' || state === null || drawn === null || ui.prompt !== null) return;
    const outcome = applyMouse(ui, event, state, drawn.panes);
    if (outcome !== null) apply(outcome);
  }

  function apply(outcome: Outcome): void {
    ({ ui } = outcome);
    if (given !== null) state = withPinFirst(given, ui.pin);
    if (outcome.copy !== undefined) void copy(outcome.copy);
    redraw();
    if (outcome.suspend === true) raise();
    if (outcome.command !== undefined) options.onCommand(outcome.command);
    else if (state !== null && state.notice !== null) options.onCommand({ kind: 'noticed' });
  }

  /** The command stands on the screen as well, to be selected where the clipboard is out of reach. */
  async function copy(command: string): Promise<void> {
    const where = await copyText(
      command,
      options.env,
      (sequence) => terminal.write(sequence),
      options.pipeTo,
    );
    ui = { ...ui, reply: `${where}: ${command}` };
    redraw();
  }

  function raise(): void {
    if (options.onSuspend === undefined) process.kill(process.pid, 'SIGTSTP');
    else options.onSuspend();
  }

  function outcomeOf(key: KeyPress): Outcome | null {
    if (ui.prompt !== null) return typeIntoPrompt(ui, ui.prompt, key);
    const binding = bindingOf(ownKeys.get(key.name) ?? key.name);
    if (binding !== undefined) return applyAction(ui, binding.action, state);
    const name = /^[!-~]$/.test(key.character) ? key.character : key.name;
    return { ui: { ...ui, reply: `${name} is not bound; ? lists the keys` } };
  }

  function redraw(): void {
    if (state === null || shown !== 'open') return;
    postponed = pace?.isBehind === true;
    if (postponed) return;
    const size = { width: terminal.width, height: terminal.height };
    ui = { ...ui, wallMs: options.now?.() ?? Date.now() };
    drawn = composeScreen(state, ui, size, look);
    const { maxScroll, command: shownCommand = null } = drawn;
    const { pageRows = ui.pageRows } = drawn;
    ui = { ...ui, scroll: Math.min(ui.scroll, maxScroll), shownCommand, pageRows };
    // On the page of a finding commands are selected with the mouse: there it is always the terminal's.
    terminal.setMouse(ui.mouse && ui.view.kind !== 'detail');
    terminal.setPanes(drawn.panes.map((pane) => ({ ...pane, content: toSgr(pane.lines, look) })));
    terminal.draw();
  }

  function leave(): void {
    pace?.finish();
    terminal.leave();
  }

  function suspend(): void {
    if (shown !== 'open') return;
    shown = 'suspended';
    leave();
  }

  return {
    update(next) {
      given = next;
      state = withPinFirst(next, ui.pin);
      redraw();
    },
    close() {
      if (shown === 'closed') return;
      shown = 'closed';
      pace?.finish();
      terminal.destroy();
    },
    suspend,
    resume() {
      if (shown === 'closed') return;
      // Stopped and continued by SIGSTOP and SIGCONT: another program may have changed the terminal meanwhile.
      if (shown === 'open') leave();
      shown = 'open';
      pace?.resume();
      terminal.enter();
      redraw();
    },
  };
}
