import { CaptureError } from './capture/error.js';
import type { CaptureErrorCode } from './capture/error.js';
import type { Status } from './diagnose/index.js';

/** Exit codes: sysexits where one fits, the monitoring-plugin habit for `diagnose`, 128 + number by signal. */
export const EXIT = {
  ok: 0,
  warning: 1,
  critical: 2,
  unknown: 3,
  usage: 64,
  badData: 65,
  missing: 69,
  internal: 70,
  cannotCreate: 73,
  cannotWrite: 74,
} as const;

/** Exit codes of the signals that end ctdiag. */
export const SIGNAL_EXITS = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

/** A signal that ends ctdiag. */
export type EndingSignal = keyof typeof SIGNAL_EXITS;

/** a mistake or refusal that the user can fix; `message` is a sentence that says what and what to do. */
export class UserError extends Error {
  override readonly name = 'UserError';
  constructor(
    readonly exitCode: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What `diagnose` exits with. */
export function exitOfStatus(status: Status): number {
  return EXIT[status];
}

/** The user's error that a capture error is; any other error is passed on as it is. */
export function asUserError(error: unknown): unknown {
  return error instanceof CaptureError
    ? new UserError(exitOfCapture(error.code), error.message, { cause: error })
    : error;
}

function exitOfCapture(code: CaptureErrorCode): number {
  switch (code) {
    case 'missing':
    case 'unreadable':
    case 'no-lock':
      return EXIT.missing;
    case 'empty':
    case 'not-a-capture':
    case 'newer-version':
    case 'bad-header':
      return EXIT.badData;
    case 'exists':
    case 'in-use':
    case 'cannot-create':
      return EXIT.cannotCreate;
    case 'write-failed':
      return EXIT.cannotWrite;
  }
}
