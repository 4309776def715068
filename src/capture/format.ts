import { decodeHeader, DecodeError } from '../records/index.js';
import type { StreamHeader } from '../records/index.js';
import { safeJson } from '../safe-text.js';
import { CaptureError } from './error.js';
import { fixUpsFor } from './fix-ups.js';
import type { FixUps } from './fix-ups.js';

/** The `format` field in the first line of every capture. */
const CAPTURE_FORMAT = 'ctdiag-capture';

/** The version that this ctdiag writes, and the newest it reads. */
const CAPTURE_VERSION = 1;

/** The start of every header: tells a damaged capture from a file of another kind. */
const HEADER_START = `{"format":"${CAPTURE_FORMAT}"`;

/** The header line of a capture, without the newline. `startedAt` repeats `startedAtMs` for readers with jq. */
export function encodeCaptureHeader(header: StreamHeader): string {
  return safeJson(
    JSON.stringify({
      format: CAPTURE_FORMAT,
      version: CAPTURE_VERSION,
      startedAt: new Date(header.startedAtMs).toISOString(),
      ...header,
    }),
  );
}

/** The first line of a capture, decoded. */
export interface CaptureHeader {
  readonly header: StreamHeader;
  /** Converts the parsed lines that follow to today's form. */
  readonly fixUp: FixUps['record'];
}

/** Decodes the first line of the file `name`; throws {@link CaptureError} when it is not a capture. */
export function decodeCaptureHeader(line: string, name: string): CaptureHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    if (!line.startsWith(HEADER_START)) throw notACapture(name, error);
    throw new CaptureError(
      'bad-header',
      `${name}: the capture header is cut off or damaged; nothing can be read.`,
      {
        cause: error,
      },
    );
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
    const mender = fixUpsFor(parsed);
    return { header: decodeHeader(mender.header), fixUp: mender.record };
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
