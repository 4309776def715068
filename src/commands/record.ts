import { createRedactor, openCaptureWriter, openRing } from '../capture/index.js';
import type { CaptureWriter } from '../capture/index.js';
import type { DetailMode, SourceChoice } from '../sources/live.js';
import type { StreamHeader, StreamRecord } from '../records/index.js';
import { safeText } from '../render/index.js';
import { asUserError, SIGNAL_EXITS } from '../exit.js';
import { fileName } from './file-names.js';
import { watchHost } from './stream/live-host.js';
import { recordingWords } from './stream/recording-summary.js';
import { runLive } from './stream/run-live.js';
import { writeRecords } from './stream/write-records.js';

/** Where to record to. */
export type RecordTarget =
  | {
      readonly kind: 'file';
      /** `null` for a name made of host and time. */
      readonly path: string | null;
      readonly force: boolean;
      /** The size at which to end, `null` for none. */
      readonly maxBytes: number | null;
    }
  | { readonly kind: 'ring'; readonly dir: string; readonly maxBytes: number };

export interface RecordOptions {
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly intervalMs: number;
  /** `null` records until a signal. */
  readonly durationMs: number | null;
  readonly quiet: boolean;
  /** Without the names and addresses of this host, to be shared. */
  readonly redact: boolean;
}

/** Writes what this host does to a capture until the time is up, it is full, or a signal comes. Returns the exit code. */
export async function record(wanted: RecordTarget, options: RecordOptions): Promise<number> {
  const say = (text: string): void => {
    if (!options.quiet) process.stderr.write(`ctdiag: ${text}\n`);
  };
  // The first records come only after this function has returned to the event loop.
  let take: (record: StreamRecord) => void = () => undefined;
  const live = watchHost({ ...options, onRecord: (record) => take(record) });
  try {
    const redactor = options.redact ? createRedactor() : null;
    const header = redactor?.header(live.header) ?? live.header;
    const target = namedTarget(wanted, header);
    const writer = openTarget(target, header);
    const written = writeRecords(writer, redactor);
    take = (record) => written.take(record);
    const name = nameOf(target);
    const { source, durationMs } = options;
    say(`recording to ${name} ${durationMs === null ? 'until Ctrl-C' : `for ${durationMs / 1000} s`}`);
    if (target.kind === 'file' && isHostLike(target.path))
      say(`this host is recorded, to a file of that name; other hosts: ctdiag record ${name} --output DIR`);
    void live.ready.then(({ probes: state }) => {
      say(state === 'attached' ? 'probes attached' : `probes ${state}; recording the kernel's counters`);
    });
    const full = writer.full.then(() => 'size' as const);
    const end = await runLive(live, {
      source,
      durationMs,
      fromReady: false,
      until: [full, writer.failed],
    });
    written.end(end);
    await writer.close();
    say(`${recordingWords(name, writer)}${end === 'size' ? ', ended at --max-size' : ''}`);
    // Ctrl-C is how a recording is ended; it is then whole, and that is success.
    return end === 'time' || end === 'size' || end === 'SIGINT' ? 0 : SIGNAL_EXITS[end];
  } catch (error) {
    live.kill();
    throw asUserError(error);
  }
}

type NamedTarget = RecordTarget & ({ readonly kind: 'ring' } | { readonly path: string });

function namedTarget(target: RecordTarget, { host, startedAtMs }: StreamHeader): NamedTarget {
  if (target.kind === 'ring') return target;
  return { ...target, path: target.path ?? fileName(host, startedAtMs, 'ctd.gz') };
}

function openTarget(target: NamedTarget, header: StreamHeader): CaptureWriter {
  return target.kind === 'ring'
    ? openRing(target.dir, header, target.maxBytes)
    : openCaptureWriter(target.path, header, target.force, target.maxBytes);
}

function nameOf(target: NamedTarget): string {
  if (target.kind === 'ring') return safeText(target.dir);
  return target.path === '-' ? 'standard output' : safeText(target.path);
}

/** A word that may have been meant for another host: no folder, and no ending of a capture. */
function isHostLike(path: string): boolean {
  return path !== '-' && !/[/]|\.ctd(?:\.gz)?$|\.gz$/.test(path);
}
