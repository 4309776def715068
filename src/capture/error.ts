/** What can go wrong with a capture file. Switch over this, never over the message. */
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

/** A capture could not be read or written. The message is a sentence for the user and says what to do. */
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
