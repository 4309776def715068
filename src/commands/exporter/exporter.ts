import { openRing } from '../../capture/index.js';
import type { CaptureWriter } from '../../capture/index.js';
import type { Thresholds } from '../../diagnose/index.js';
import { asUserError, SIGNAL_EXITS } from '../../exit.js';
import type { StreamRecord } from '../../records/index.js';
import { safeText } from '../../render/index.js';
import type { DetailMode, SourceChoice } from '../../sources/live.js';
import { VERSION } from '../../version.js';
import { watchHost } from '../stream/live-host.js';
import { runLive } from '../stream/run-live.js';
import { writeRecords } from '../stream/write-records.js';
import { createHostWatch } from './host-watch.js';
import { createMetricsPage } from './metrics-page.js';
import { openMetricsServer } from './metrics-server.js';
import type { ListenAddress } from './metrics-server.js';

export interface ExporterOptions {
  readonly listen: ListenAddress;
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly intervalMs: number;
  /** The flight recorder; `null` for none. */
  readonly ring: { readonly dir: string; readonly maxBytes: number } | null;
  /** Whether to print the diagnosis when the verdict changes. */
  readonly events: boolean;
  readonly thresholds: Thresholds | undefined;
}

/** Serves this host's metrics until a signal. Returns the exit code. */
export async function exporter(options: ExporterOptions): Promise<number> {
  const { listen, source, intervalMs, ring, events, thresholds } = options;
  const unseen = { version: VERSION, window: null, diagnosis: null, refused: [], ringDropped: null };
  const page = createMetricsPage(unseen, intervalMs);
  const server = await openMetricsServer(listen, page);
  // The first records come only after this function has returned to the event loop.
  let take: (record: StreamRecord) => void = () => undefined;
  const live = watchHost({ ...options, onRecord: (record) => take(record) });
  try {
    const writer: CaptureWriter | null =
      ring === null ? null : openRing(ring.dir, live.header, ring.maxBytes);
    const written = writer === null ? null : writeRecords(writer, null);
    const watch = createHostWatch(live.header, {
      thresholds,
      onFrame: (snapshot) =>
        page.show({ ...snapshot, version: VERSION, ringDropped: writer?.recordsDropped ?? null }),
      onVerdict: (line) => {
        if (events) process.stdout.write(`${line}\n`);
      },
    });
    take = (record) => {
      written?.take(record);
      watch.take(record);
    };
    say(`metrics at ${server.url}/metrics`);
    if (ring !== null) say(`recording to ${safeText(ring.dir)}`);
    void live.ready.then(({ probes: state }) => {
      say(state === 'attached' ? 'probes attached' : `probes ${state}; the kernel's counters are exported`);
    });
    const until = [server.failed, ...(writer === null ? [] : [writer.failed])];
    const end = await runLive(live, { source, durationMs: null, fromReady: false, until });
    written?.end(end);
    await writer?.close();
    // Ctrl-C is how an exporter at a terminal is ended.
    return end === 'time' || end === 'SIGINT' ? 0 : SIGNAL_EXITS[end];
  } catch (error) {
    live.kill();
    throw asUserError(error);
  } finally {
    server.close();
  }
}

function say(text: string): void {
  process.stderr.write(`ctdiag: ${text}\n`);
}
