import type { RecordLog } from '../../capture/index.js';
import type { FoldState } from '../../model/index.js';
import type { ElapsedMs, StreamRecord } from '../../records/index.js';

/** What a stretch takes beside its figures, its records and its lists. */
const BLOCK_BYTES = 2000;
const LABEL_BYTES = 200;

/**
 * Lists that have changed since `before` begin the log, where they take bytes: a state for each minute that held
 * them as objects would be most of a day. Those that stand as they did are shared.
 */
export function beginLog(log: RecordLog, now: FoldState, before: FoldState, elapsedMs: ElapsedMs): FoldState {
  const { flows, ports, coverage, settings } = now;
  const [listeners, processes] = [now.listeners !== before.listeners, now.processes !== before.processes];
  if (listeners) log.append({ type: 'listeners', elapsedMs, listeners: now.listeners });
  if (processes) log.append({ type: 'processes', elapsedMs, processes: now.processes });
  if (flows !== null && flows !== before.flows) log.append(flows);
  if (ports !== null && ports !== before.ports) log.append(ports);
  if (coverage !== null && coverage !== before.coverage) log.append(coverage);
  if (settings !== null && settings !== before.settings) log.append(settings);
  return {
    ...now,
    listeners: listeners ? [] : now.listeners,
    processes: processes ? [] : now.processes,
    flows: flows === before.flows ? flows : null,
    ports: ports === before.ports ? ports : null,
    coverage: coverage === before.coverage ? coverage : null,
    settings: settings === before.settings ? settings : null,
  };
}

/** About what a state takes. */
export function bytesOfState({ series, netnsLabels, marks, gaps }: FoldState): number {
  const figures = series.reduce((sum, { figures: packed }) => sum + packed.byteLength + LABEL_BYTES, 0);
  const notes = [...marks.map(({ note }) => note), ...gaps.map(({ reason }) => reason)];
  const text = notes.reduce((sum, note) => sum + note.length * 2, 0);
  return BLOCK_BYTES + figures + netnsLabels.size * LABEL_BYTES + text;
}

/** How many items the lists of a record have. */
export function itemsOf(record: StreamRecord): number {
  switch (record.type) {
    case 'listeners':
      return record.listeners.length;
    case 'processes':
      return record.processes.length;
    case 'ports':
      return record.ports.length;
    case 'flows':
      return record.refused.length + record.opened.length;
    default:
      return 0;
  }
}
