export type {
  HostChange,
  HostPlace,
  HostRow,
  Hosts,
  Presence,
  Reading,
  Screen,
  ScreenCommand,
  ScreenState,
  Timeline,
  Track,
  VerdictChange,
} from './screen-state.js';
export { terminalRefusal } from './terminal.js';
export type { TerminalInput, TerminalOutput } from './terminal.js';
export { openScreen } from './lifecycle/open-screen.js';
export type { ScreenOptions } from './lifecycle/open-screen.js';
export { guardTerminal } from './lifecycle/signals.js';
export type { EndingSignal, GuardHooks } from './lifecycle/signals.js';
