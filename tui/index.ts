export { terminalRefusal } from './lifecycle/terminal.js';
export type { TerminalInput, TerminalOutput } from './lifecycle/terminal.js';
export { openScreen } from './lifecycle/open-screen.js';
export type { ScreenOptions } from './lifecycle/open-screen.js';
export { openPacedOutput } from './lifecycle/paced-output.js';
export { describeNotice } from './words/notices.js';
export { guardTerminal } from './lifecycle/signals.js';
export type { EndingSignal, GuardHooks } from './lifecycle/signals.js';
