import { openCaptureReader } from '../capture/index.js';
import { createAccumulator } from '../model/index.js';
import type { Window } from '../model/index.js';
import { ladderOf, namespacesWorthALook } from '../limits/index.js';
import type { LadderFilter } from '../limits/index.js';
import { isKnown, limitsJson, limitsText } from '../render/index.js';
import type { PeerUse, StreamRecord } from '../records/index.js';
import { processUse } from '../sources/listeners/processes.js';
import { commOf } from '../sources/kernel/namespaces.js';
import { asUserError, EXIT, SIGNAL_EXITS, UserError } from '../exit.js';
import type { EndingSignal } from '../exit.js';
import { countEntries } from './entries.js';
import { hostRoots, watchHost } from './stream/live-host.js';
import { runLive } from './stream/run-live.js';
import { terminalWidth } from './terminal-width.js';
import { describeTruncation } from '../playback/truncation.js';

export interface LimitsOptions extends LadderFilter {
  readonly format: 'text' | 'json';
  /** Whether to dump the conntrack tables and say who fills them. */
  readonly entries: boolean;
  /** How long this host is watched for growth. */
  readonly durationMs: number;
}

/** Prints every ceiling of a capture's end, or of this host when `path` is `null`. Returns the exit code. */
export async function limits(path: string | null, options: LimitsOptions): Promise<number> {
  if (path !== null && options.entries)
    throw new UserError(EXIT.usage, `--entries reads a live host, and ${path} is a capture.`);
  const { window, interrupted } =
    path === null ? await watchHostForLimits(options) : await readCaptureForLimits(path);
  if (window === null)
    throw new UserError(EXIT.badData, `${path ?? 'the host'} holds no complete second; record for longer.`);
  const { port, pid } = options;
  const { listeners, processes } = window.last;
  if (port !== null && !listeners.some((listener) => listener.port === port))
    throw new UserError(
      EXIT.missing,
      path === null
        ? `Nothing listens on port ${port} as far as ctdiag can see; \`ss -ltn\` lists the listeners, \`ip netns exec NAME ss -ltn\` in another network namespace.`
        : `No listener on port ${port} is in ${path}: in network namespaces other than its own, only listeners that overflow are recorded.`,
    );
  if (pid !== null && !processes.some((process) => process.pid === pid))
    throw new UserError(EXIT.missing, `Process ${pid} was not found; without a capture it must be running.`);
  const ladder = ladderOf(window, options, path === null ? await lookAtPeers(window) : null);
  const entries = options.entries ? await countEntries(window.last.netnsLabels) : null;
  const text =
    options.format === 'json'
      ? `${limitsJson(ladder, window, entries)}\n`
      : limitsText(ladder, window, port !== null || pid !== null, entries, terminalWidth(process.stdout));
  process.stdout.write(text);
  if (interrupted !== null) return SIGNAL_EXITS[interrupted];
  return entries === null || isKnown(entries.dumps) ? EXIT.ok : EXIT.missing;
}

/** One look at who has the most connections, only where one client may be at the end of its ports. */
async function lookAtPeers(window: Window): Promise<readonly PeerUse[] | null> {
  const wanted = namespacesWorthALook(window);
  if (wanted.size === 0) return null;
  const { countPeers } = await import('../sources/on-demand/peers.js');
  const { peers, unreadable } = await countPeers(hostRoots().proc, wanted);
  if (unreadable === null) return peers;
  process.stderr.write(`ctdiag: the peers could not be counted: ${unreadable}\n`);
  return null;
}

interface Outcome {
  readonly window: Window | null;
  readonly interrupted: EndingSignal | null;
}

async function readCaptureForLimits(path: string): Promise<Outcome> {
  try {
    const reader = await openCaptureReader(path);
    const seen = createAccumulator(reader.header, { trend: false });
    for await (const record of reader.records) seen.take(record);
    const words = describeTruncation(reader.name, reader.tail);
    if (words !== null) process.stderr.write(`ctdiag: ${words}\n`);
    return { window: seen.window(), interrupted: null };
  } catch (error) {
    throw asUserError(error);
  }
}

async function watchHostForLimits({ durationMs, pid }: LimitsOptions): Promise<Outcome> {
  let take: (record: StreamRecord) => void = () => undefined;
  const source = 'counters';
  const live = watchHost({
    source,
    detail: 'off',
    // At least four frames, so that two of them come after the listeners are known.
    intervalMs: Math.max(200, Math.min(1000, Math.floor(durationMs / 4))),
    // The first records come only after this function has returned to the event loop.
    onRecord: (record) => take(record),
  });
  const seen = createAccumulator(live.header, { trend: false });
  take = (record) => seen.take(withProcess(record, pid));
  const end = await runLive(live, { source, durationMs, fromReady: false });
  return { window: seen.window(), interrupted: end === 'time' ? null : end };
}

/** A process that was asked for is looked at though it listens on nothing. */
function withProcess(record: StreamRecord, pid: number | null): StreamRecord {
  if (pid === null || record.type !== 'processes' || record.processes.some((process) => process.pid === pid))
    return record;
  const { proc } = hostRoots();
  const comm = commOf(proc, pid);
  return comm === '?'
    ? record
    : { ...record, processes: [...record.processes, processUse(proc, { pid, comm })] };
}
