import { createFolder } from '../capture/index.js';
import type { CaptureWriter } from '../capture/index.js';
import { asUserError, EXIT, SIGNAL_EXITS } from '../exit.js';
import type { StreamHeader, StreamRecord } from '../records/index.js';
import { formatDuration, safeText } from '../render/index.js';
import { quoted } from '../shell/quote.js';
import type { SshOptions } from '../sources/remote/ssh-options.js';
import type { TimeSpan } from '../playback/time/time-span.js';
import { openHostCapture } from './hosts/host-capture.js';
import { connectHost, hostAccess } from './hosts/host-stream.js';
import type { HostAccess } from './hosts/host-stream.js';
import { untilSignal } from './stream/signals.js';

export interface FetchOptions {
  readonly hosts: readonly string[];
  readonly ssh: SshOptions;
  /** Which part; what is relative counts from the end of each host's recording. */
  readonly span: TimeSpan;
  /** The ring on the other hosts. */
  readonly ring: string;
  /** The folder for the captures, made where it is not there. */
  readonly folder: string;
}

/** Copies a part of the recorder's ring of other hosts to captures here. Returns the exit code. */
export async function fetchCaptures(options: FetchOptions): Promise<number> {
  const { hosts, span, ring, folder } = options;
  const signals = untilSignal();
  const edges = [
    ...(span.from === null ? [] : ['--from', span.from]),
    ...(span.to === null ? [] : ['--to', span.to]),
  ];
  const access = hostAccess(
    options.ssh,
    ['export', ring, '--format', 'capture', ...edges].map((word) => quoted(word)),
  );
  try {
    createFolder(folder);
    const fetched = await Promise.all(hosts.map((host) => fetchOne(host, access, folder, signals.ended)));
    const paths = fetched.filter((path) => path !== null);
    if (paths.length > 0)
      process.stdout.write(`ctdiag replay ${paths.map((path) => quoted(path)).join(' ')}\n`);
    const interrupted = await Promise.race([signals.ended, Promise.resolve(null)]);
    if (interrupted !== null) return SIGNAL_EXITS[interrupted];
    return paths.length === hosts.length ? EXIT.ok : EXIT.missing;
  } catch (error) {
    throw asUserError(error);
  } finally {
    signals.release();
  }
}

/** The capture of a host; `null` where nothing, or not all, came. What became of it is told on standard error. */
async function fetchOne(
  host: string,
  access: HostAccess,
  folder: string,
  interrupted: Promise<unknown>,
): Promise<string | null> {
  const copy = openCopy(folder, host);
  const connection = connectHost(host, access, copy);
  let isInterrupted = false;
  void interrupted.then(() => {
    isInterrupted = true;
    connection.kill();
  });
  const said = await connection.ended;
  // Asked through a function because it changes while we wait.
  const wasInterrupted = (): boolean => isInterrupted;
  const why = wasInterrupted() ? 'interrupted' : said;
  const result = await copy.close();
  process.stderr.write(`ctdiag: ${safeText(host, 60)}: ${result.words ?? why}\n`);
  if (result.path !== null && !result.isWhole)
    process.stderr.write(`ctdiag: ${safeText(host, 60)}: it broke off there: ${why}\n`);
  return result.isWhole ? result.path : null;
}

/** A capture that is written as it comes. */
interface Copy {
  header(header: StreamHeader): void;
  record(record: StreamRecord): void;
  close(): Promise<{
    readonly path: string | null;
    readonly isWhole: boolean;
    readonly words: string | null;
  }>;
}

function openCopy(folder: string, host: string): Copy {
  let header: StreamHeader | null = null;
  let target: { readonly path: string; readonly writer: CaptureWriter } | null = null;
  let fromMs = 0;
  let toMs = 0;
  let isWhole = false;
  return {
    header: (first) => void (header = first),
    record(record) {
      if (header === null) return;
      if (target === null) {
        fromMs = record.elapsedMs;
        target = openHostCapture(folder, host, header, header.startedAtMs + fromMs);
      }
      toMs = record.elapsedMs;
      isWhole = record.type === 'end';
      target.writer.write(record);
    },
    async close() {
      if (target === null) return { path: null, isWhole: false, words: null };
      await target.writer.close();
      const words = `${safeText(target.path)}: ${formatDuration((toMs - fromMs) / 1000)}`;
      return { path: target.path, isWhole, words };
    },
  };
}
