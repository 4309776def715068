import { createFolder } from '../capture/index.js';
import type { CaptureWriter } from '../capture/index.js';
import { asUserError, EXIT } from '../exit.js';
import { safeText } from '../render/index.js';
import type { SshOptions } from '../sources/remote/ssh-options.js';
import { followHost } from './hosts/follow-host.js';
import type { FollowedHost } from './hosts/follow-host.js';
import { openHostCapture } from './hosts/host-capture.js';
import { hostAccess, recordingThere } from './hosts/host-stream.js';
import type { HostAccess } from './hosts/host-stream.js';
import { recordingWords } from './stream/recording-summary.js';
import { untilSignal } from './stream/signals.js';

export interface RecordHostsOptions {
  readonly hosts: readonly string[];
  readonly ssh: SshOptions;
  readonly recordArgs: readonly string[];
  /** The folder for the captures, made where it is not there. */
  readonly folder: string;
  readonly durationMs: number | null;
  readonly quiet: boolean;
}

type Say = (text: string) => void;

/**
 * Records other hosts over ssh, each to a capture of its own, until a signal comes or the time is up. A host that comes
 * back after a break gets another one. Returns the exit code.
 */
export async function recordHosts(options: RecordHostsOptions): Promise<number> {
  const { hosts, folder, durationMs, quiet } = options;
  const say: Say = (text) => {
    if (!quiet) process.stderr.write(`ctdiag: ${text}\n`);
  };
  try {
    createFolder(folder);
  } catch (error) {
    throw asUserError(error);
  }
  const access = hostAccess(options.ssh, recordingThere(options.recordArgs));
  const until = durationMs === null ? 'until Ctrl-C' : `for ${durationMs / 1000} s`;
  say(`recording ${hosts.length === 1 ? 'a host' : `${hosts.length} hosts`} to ${safeText(folder)} ${until}`);
  const signals = untilSignal();
  let timer: NodeJS.Timeout | undefined;
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  const recorders = hosts.map((host) => recordHost(host, access, folder, say, (error) => fail(error)));
  try {
    const timeUp = new Promise<void>((resolve) => {
      if (durationMs !== null) timer = setTimeout(resolve, durationMs);
    });
    await Promise.race([timeUp, signals.ended, failed]);
  } catch (error) {
    throw asUserError(error);
  } finally {
    clearTimeout(timer);
    signals.release();
    await Promise.all(recorders.map((recorder) => recorder.stop()));
  }
  const missing = recorders.filter((recorder) => recorder.count === 0).length;
  if (missing > 0)
    process.stderr.write(`ctdiag: nothing was recorded of ${missing} of ${hosts.length} hosts\n`);
  return missing === 0 ? EXIT.ok : EXIT.unknown;
}

interface HostRecorder extends FollowedHost {
  /** Captures written so far. */
  readonly count: number;
}

function recordHost(
  host: string,
  access: HostAccess,
  folder: string,
  say: Say,
  fail: (error: Error) => void,
): HostRecorder {
  const name = safeText(host, 60);
  let writer: CaptureWriter | null = null;
  let path = '';
  let elapsedMs = 0;
  let count = 0;
  let lastWhy = '';
  let closing: Promise<unknown> = Promise.resolve();

  function close(reason: string): void {
    if (writer === null) return;
    const closed = writer;
    const words = safeText(path);
    writer = null;
    closed.write({ type: 'end', elapsedMs, reason });
    closing = closing.then(() => closed.close()).then(() => say(`${name}: ${recordingWords(words, closed)}`));
    closing.catch(fail);
  }

  const followed = followHost(host, access, {
    header(header) {
      close('connected again');
      try {
        ({ path, writer } = openHostCapture(folder, host, header, header.startedAtMs));
      } catch (error) {
        fail(error as Error);
        return;
      }
      count += 1;
      writer.failed.catch(fail);
      say(`${name}: recording to ${safeText(path)}`);
    },
    record(record) {
      ({ elapsedMs } = record);
      if (record.type === 'end') close(record.reason);
      else writer?.write(record);
    },
    lost(why, retryInSec) {
      close('the connection ended');
      // The same again and again is said once.
      if (why !== lastWhy) say(`${name}: ${why}; next attempt in ${retryInSec} s`);
      lastWhy = why;
    },
  });
  return {
    get count() {
      return count;
    },
    async stop() {
      await followed.stop();
      if (count === 0 && lastWhy === '') say(`${name}: it did not answer`);
      close('the recording was ended');
      await closing;
    },
  };
}
