import { decodeHeader, DecodeError } from '../records/index.js';
import type { StreamHeader } from '../records/index.js';
import { CaptureError } from './error.js';
import { fixUp } from './fix-ups.js';

/** What the first line of every capture says it is. */
const CAPTURE_FORMAT = 'ctdiag-capture';

/** The version that this ctdiag writes, and the newest that it reads. */
const CAPTURE_VERSION = 1;

/** The header line of a capture, without its line end. `startedAt` repeats `startedAtMs` for people with jq. */
export function encodeCaptureHeader(header: StreamHeader): string {
  return JSON.stringify({
    format: CAPTURE_FORMAT,
    version: CAPTURE_VERSION,
    startedAt: new Date(header.startedAtMs).toISOString(),
    ...header,
  });
}

/** The first line of a capture, decoded. */
export interface CaptureHeader {
  readonly version: number;
  readonly header: StreamHeader;
}

/** Decodes the first line of a file that `name` calls a capture; throws {@link CaptureError} when it is none. */
export function decodeCaptureHeader(line: string, name: string): CaptureHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw notACapture(name, error);
  }
  if (
    typeof parsed !== 'object' ||
    parsed === null ||
    !('format' in parsed) ||
    parsed.format !== CAPTURE_FORMAT
  )
    throw notACapture(name);
  const version = 'version' in parsed ? parsed.version : undefined;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    throw new CaptureError('bad-header', `${name}: the capture header has no version; the file is damaged.`);
  if (version > CAPTURE_VERSION)
    throw new CaptureError(
      'newer-version',
      `${name} is a capture of version ${version}, newer than this ctdiag reads (${CAPTURE_VERSION}); use a newer ctdiag.`,
    );
  try {
    return { version, header: decodeHeader(fixUp(parsed, version, true)) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new CaptureError('bad-header', `${name}: the capture header is damaged (${error.message}).`, {
      cause: error,
    });
  }
}

function notACapture(name: string, cause?: unknown): CaptureError {
  return new CaptureError(
    'not-a-capture',
    `${name} is not a ctdiag capture; make one with \`ctdiag record FILE\`.`,
    { cause },
  );
}
