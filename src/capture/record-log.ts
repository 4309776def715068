import { METRICS } from '../records/index.js';
import type {
  ElapsedMs,
  FlowGroup,
  Listener,
  MetricName,
  Netns,
  ProcessUse,
  SourceName,
  StreamRecord,
} from '../records/index.js';
import { createByteWriter, readBytes } from './record-log/bytes.js';
import type { ByteReader } from './record-log/bytes.js';
import { createItemCoder } from './record-log/items.js';
import type { Shapes } from './record-log/items.js';
export type { Shapes } from './record-log/items.js';

const NAMES = Object.keys(METRICS) as MetricName[];
const INDEX = new Map(NAMES.map((name, index) => [name, index]));
const SOURCES: readonly SourceName[] = ['kernel', 'bpftrace'];

/** What a record begins with. */
const TAG = { sample: 0, tick: 1, listeners: 2, processes: 3, flows: 4, other: 5 } as const;

/**
 * A stretch of records, held in a few bytes each: figures and lists as what changed since the record before. It is
 * read without what was before it.
 */
export interface RecordLog {
  append(record: StreamRecord): void;
  /** No more are appended; what it had in reserve is given back. */
  seal(): void;
  read(): Generator<StreamRecord>;
  readonly sizeBytes: number;
}

/** What the records before told, by which the next is told; both sides keep it alike. */
interface Told {
  elapsedMs: ElapsedMs;
  readonly figures: Map<string, Float64Array>;
  readonly listeners: ReturnType<typeof createItemCoder<Listener>>;
  readonly processes: ReturnType<typeof createItemCoder<ProcessUse>>;
  readonly refused: ReturnType<typeof createItemCoder<FlowGroup>>;
  readonly opened: ReturnType<typeof createItemCoder<FlowGroup>>;
}

function nothingTold(shapes: Shapes): Told {
  return {
    elapsedMs: 0,
    figures: new Map(),
    listeners: createItemCoder<Listener>(shapes),
    processes: createItemCoder<ProcessUse>(shapes),
    refused: createItemCoder<FlowGroup>(shapes),
    opened: createItemCoder<FlowGroup>(shapes),
  };
}

function figuresOf(told: Told, source: SourceName, netns: Netns): Float64Array {
  const key = `${source}:${netns}`;
  let figures = told.figures.get(key);
  if (figures === undefined) {
    figures = new Float64Array(NAMES.length);
    told.figures.set(key, figures);
  }
  return figures;
}

/** Starts an empty stretch; `shapes` are shared by all stretches of a recording. */
export function createRecordLog(shapes: Shapes): RecordLog {
  const out = createByteWriter();
  let told: Told | null = nothingTold(shapes);

  return {
    get sizeBytes() {
      return out.length;
    },
    seal() {
      out.trim();
      told = null;
    },
    append(record) {
      if (told === null) throw new Error('the stretch is sealed');
      const { elapsedMs } = record;
      const known = told;
      const begin = (tag: number): void => {
        out.count(tag);
        out.step(elapsedMs, known.elapsedMs);
        known.elapsedMs = elapsedMs;
      };
      switch (record.type) {
        case 'sample': {
          begin(TAG.sample);
          const { source, netns, values } = record;
          const figures = figuresOf(told, source, netns);
          out.count(SOURCES.indexOf(source));
          out.count(netns);
          const changed = Object.keys(values) as MetricName[];
          out.count(changed.length);
          for (const name of changed) {
            const value = values[name] ?? null;
            const index = INDEX.get(name) ?? 0;
            out.count(index * 2 + (value === null ? 1 : 0));
            if (value === null) continue;
            out.step(value, figures[index] ?? 0);
            figures[index] = value;
          }
          return;
        }
        case 'tick':
          begin(TAG.tick);
          return;
        case 'listeners':
          begin(TAG.listeners);
          told.listeners.write(out, record.listeners);
          return;
        case 'processes':
          begin(TAG.processes);
          told.processes.write(out, record.processes);
          return;
        case 'flows':
          begin(TAG.flows);
          out.step(record.sinceMs, 0);
          out.count(record.refusedOthers);
          out.count(record.openedOthers);
          told.refused.write(out, record.refused);
          told.opened.write(out, record.opened);
          return;
        default:
          begin(TAG.other);
          out.text(JSON.stringify(record));
      }
    },
    *read() {
      const from = readBytes(out.bytes());
      const known = nothingTold(shapes);
      while (!from.atEnd) yield readRecord(from, known);
    },
  };
}

function readRecord(from: ByteReader, known: Told): StreamRecord {
  const tag = from.count();
  const elapsedMs = from.step(known.elapsedMs);
  known.elapsedMs = elapsedMs;
  switch (tag) {
    case TAG.sample: {
      const source = SOURCES[from.count()] ?? 'kernel';
      const netns = from.count();
      const figures = figuresOf(known, source, netns);
      const values: Partial<Record<MetricName, number | null>> = {};
      for (let left = from.count(); left > 0; left -= 1) {
        const which = from.count();
        const index = which >>> 1;
        const name = NAMES[index];
        const value = which % 2 === 1 ? null : from.step(figures[index] ?? 0);
        if (value !== null) figures[index] = value;
        if (name !== undefined) values[name] = value;
      }
      return { type: 'sample', elapsedMs, source, netns, values };
    }
    case TAG.tick:
      return { type: 'tick', elapsedMs };
    case TAG.listeners:
      return { type: 'listeners', elapsedMs, listeners: known.listeners.read(from) };
    case TAG.processes:
      return { type: 'processes', elapsedMs, processes: known.processes.read(from) };
    case TAG.flows: {
      const sinceMs = from.step(0);
      const [refusedOthers, openedOthers] = [from.count(), from.count()];
      const refused = known.refused.read(from);
      const opened = known.opened.read(from);
      return { type: 'flows', elapsedMs, sinceMs, refused, refusedOthers, opened, openedOthers };
    }
    default:
      return JSON.parse(from.text()) as StreamRecord;
  }
}
