import type { Thresholds } from '../../diagnose/index.js';
import { createRefusedTotals } from '../../exporter/index.js';
import type { HostSnapshot } from '../../exporter/index.js';
import { createSession } from '../../playback/session.js';
import type { StreamHeader, StreamRecord } from '../../records/index.js';
import { diagnosisJson } from '../../render/index.js';

/** The part of a snapshot that comes out of records. */
type SeenSnapshot = Pick<HostSnapshot, 'window' | 'diagnosis' | 'refused'>;

export interface HostWatchOptions {
  readonly thresholds: Thresholds | undefined;
  /** Called with each frame. */
  readonly onFrame: (snapshot: SeenSnapshot) => void;
  /** Called with the diagnosis as a line of JSON when the verdict is another than before, the first included. */
  readonly onVerdict: (line: string) => void;
}

/** Folds the records of a host into snapshots and changes of verdict. */
export function createHostWatch(
  header: StreamHeader,
  { thresholds, onFrame, onVerdict }: HostWatchOptions,
): { take(record: StreamRecord): void } {
  const session = createSession(header, false, thresholds);
  const refused = createRefusedTotals();
  let lastChange = session.verdicts.at(-1);
  return {
    take(record) {
      if (!session.take(record)) return;
      const { window, diagnosis } = session.verdictAt(session.length - 1);
      if (window === null || diagnosis === null) return;
      refused.add(window.last);
      onFrame({ window, diagnosis, refused: refused.known() });
      const change = session.verdicts.at(-1);
      if (change === lastChange) return;
      lastChange = change;
      onVerdict(diagnosisJson(diagnosis, window, 'line'));
    },
  };
}
