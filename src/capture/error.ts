import { constants } from 'node:os';

/** What can go wrong with a capture file. Closed: switch over it, never over the message. */
export type CaptureErrorCode =
  | 'missing'
  | 'unreadable'
  | 'empty'
  | 'not-a-capture'
  | 'newer-version'
  | 'bad-header'
  | 'exists'
  | 'in-use'
  | 'no-lock'
  | 'cannot-create'
  | 'write-failed';

/** A capture could not be read or written; the message is a sentence for the user and says what to do. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError';
  constructor(
    readonly code: CaptureErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The errno name of a Node error (`ENOENT`), or its message where it has none. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What libuv has no name for comes as `Unknown system error -122`, a quota among them; Node knows it elsewhere.
  if ('errno' in error && 'syscall' in error)
    for (const [name, number] of Object.entries(constants.errno))
      if (number === -Number(error.errno)) return name;
  return 'code' in error ? String(error.code) : error.message;
}
