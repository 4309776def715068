import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { EXIT, UserError } from '../../exit.js';

/** The terminal itself, for keys, where standard input is something else; `fallbackCommand` needs none. */
export function openTerminal(fallbackCommand: string): ReadStream {
  try {
    return new ReadStream(openSync('/dev/tty', 'r+'));
  } catch (error) {
    throw new UserError(
      EXIT.usage,
      `No screen can be opened: there is no terminal to take keys from. Use \`${fallbackCommand}\` instead.`,
      { cause: error },
    );
  }
}
