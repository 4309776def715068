/** What the screen needs of standard input: a terminal that gives single keys. */
export type TerminalInput = NodeJS.ReadStream | (NodeJS.ReadableStream & { readonly isTTY?: boolean });

/** What the screen needs of standard output: a terminal that says its size and when it changes. */
export type TerminalOutput = NodeJS.WriteStream | (NodeJS.WritableStream & { readonly isTTY?: boolean });

type Environment = Readonly<Record<string, string | undefined>>;

/** Why no screen can be opened here, as a sentence; `null` when one can. */
export function terminalRefusal(
  input: TerminalInput,
  output: TerminalOutput,
  env: Environment,
): string | null {
  if (output.isTTY !== true) return 'standard output is not a terminal.';
  if (input.isTTY !== true) return 'standard input is not a terminal.';
  const term = env['TERM'] ?? '';
  if (term === '') return 'TERM is not set, so the kind of terminal is unknown.';
  if (term === 'dumb') return 'the terminal cannot place a cursor (TERM=dumb).';
  return null;
}

/**
 * The terminfo entry to draw with. blessed cannot compile screen's and tmux's own entries without printing
 * garbage; what they accept is a superset of xterm's.
 */
export function terminfoName(env: Environment): string {
  const term = env['TERM'] ?? 'xterm';
  return /^(screen|tmux)/.test(term) ? 'xterm-256color' : term;
}

/**
 * Whether only ASCII can be shown: the font of the Linux console has no blocks, and a locale that is named and
 * is not UTF-8 means what it says. That none is named proves nothing: sudo drops LANG.
 */
export function needsAscii(env: Environment): boolean {
  // In the order of locale(7); an empty one counts as none.
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((item) => (item ?? '') !== '');
  return env['TERM'] === 'linux' || (locale !== undefined && !/utf-?8/i.test(locale));
}
