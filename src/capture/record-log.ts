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

/** The first number of each record. */
const TAG = { sample: 0, tick: 1, listeners: 2, processes: 3, flows: 4, other: 5 } as const;

/**
 * A block of records in memory, a few bytes each: values and lists are stored as differences to the record before.
 * A block can be read without the blocks before it.
 */
export interface RecordLog {
  append(record: StreamRecord): void;
  /** Ends appending and frees the unused buffer. */
  seal(): void;
  read(): Generator<StreamRecord>;
  readonly sizeBytes: number;
}

/** The last values, against which the next record is coded; writer and reader keep the same state. */
interface CodingState {
  elapsedMs: ElapsedMs;
  readonly figures: Map<string, Float64Array>;
  readonly listeners: ReturnType<typeof createItemCoder<Listener>>;
  readonly processes: ReturnType<typeof createItemCoder<ProcessUse>>;
  readonly refused: ReturnType<typeof createItemCoder<FlowGroup>>;
  readonly opened: ReturnType<typeof createItemCoder<FlowGroup>>;
}

function createCodingState(shapes: Shapes): CodingState {
  return {
    elapsedMs: 0,
    figures: new Map(),
    listeners: createItemCoder<Listener>(shapes),
    processes: createItemCoder<ProcessUse>(shapes),
    refused: createItemCoder<FlowGroup>(shapes),
    opened: createItemCoder<FlowGroup>(shapes),
  };
}

function figuresOf(state: CodingState, source: SourceName, netns: Netns): Float64Array {
  const key = `${source}:${netns}`;
  let figures = state.figures.get(key);
  if (figures === undefined) {
    figures = new Float64Array(NAMES.length);
    state.figures.set(key, figures);
  }
  return figures;
}

/**
 * Figures come in the order of their list as a rule: how far one stands from the one after the last is a byte, its place
 * in a list of hundreds would be two. The sign goes into the lowest bit, so that a step back is small, too.
 */
function foldSign(distance: number): number {
  return distance < 0 ? -distance * 2 - 1 : distance * 2;
}

function unfoldSign(folded: number): number {
  return folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2;
}

/** Starts an empty block; `shapes` are shared by all blocks of a recording. */
export function createRecordLog(shapes: Shapes): RecordLog {
  const out = createByteWriter();
  let state: CodingState | null = createCodingState(shapes);

  return {
    get sizeBytes() {
      return out.length;
    },
    seal() {
      out.trim();
      state = null;
    },
    append(record) {
      if (state === null) throw new Error('the block is sealed');
      const { elapsedMs } = record;
      const coding = state;
      const begin = (tag: number): void => {
        out.count(tag);
        out.step(elapsedMs, coding.elapsedMs);
        coding.elapsedMs = elapsedMs;
      };
      switch (record.type) {
        case 'sample': {
          begin(TAG.sample);
          const { source, netns, values, holdsMs } = record;
          const figures = figuresOf(state, source, netns);
          out.count(SOURCES.indexOf(source) + (holdsMs === undefined ? 0 : SOURCES.length));
          if (holdsMs !== undefined) out.count(holdsMs);
          out.count(netns);
          const changed = Object.keys(values) as MetricName[];
          out.count(changed.length);
          let expected = 0;
          for (const name of changed) {
            const value = values[name] ?? null;
            const index = INDEX.get(name) ?? 0;
            out.count(foldSign(index - expected) * 2 + (value === null ? 1 : 0));
            expected = index + 1;
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
          state.listeners.write(out, record.listeners);
          return;
        case 'processes':
          begin(TAG.processes);
          state.processes.write(out, record.processes);
          return;
        case 'flows':
          begin(TAG.flows);
          out.step(record.sinceMs, 0);
          out.count(record.refusedOthers);
          out.count(record.openedOthers);
          state.refused.write(out, record.refused);
          state.opened.write(out, record.opened);
          return;
        default:
          begin(TAG.other);
          out.text(JSON.stringify(record));
      }
    },
    *read() {
      const from = readBytes(out.bytes());
      const state = createCodingState(shapes);
      while (!from.atEnd) yield readRecord(from, state);
    },
  };
}

function readRecord(from: ByteReader, state: CodingState): StreamRecord {
  const tag = from.count();
  const elapsedMs = from.step(state.elapsedMs);
  state.elapsedMs = elapsedMs;
  switch (tag) {
    case TAG.sample: {
      const which = from.count();
      const source = SOURCES[which % SOURCES.length] ?? 'kernel';
      const holds = which < SOURCES.length ? {} : { holdsMs: from.count() };
      const netns = from.count();
      const figures = figuresOf(state, source, netns);
      const values: Partial<Record<MetricName, number | null>> = {};
      let expected = 0;
      for (let left = from.count(); left > 0; left -= 1) {
        const figure = from.count();
        const index = expected + unfoldSign(figure >>> 1);
        expected = index + 1;
        const name = NAMES[index];
        const value = figure % 2 === 1 ? null : from.step(figures[index] ?? 0);
        if (value !== null) figures[index] = value;
        if (name !== undefined) values[name] = value;
      }
      return { type: 'sample', elapsedMs, source, netns, values, ...holds };
    }
    case TAG.tick:
      return { type: 'tick', elapsedMs };
    case TAG.listeners:
      return { type: 'listeners', elapsedMs, listeners: state.listeners.read(from) };
    case TAG.processes:
      return { type: 'processes', elapsedMs, processes: state.processes.read(from) };
    case TAG.flows: {
      const sinceMs = from.step(0);
      const [refusedOthers, openedOthers] = [from.count(), from.count()];
      const refused = state.refused.read(from);
      const opened = state.opened.read(from);
      return { type: 'flows', elapsedMs, sinceMs, refused, refusedOthers, opened, openedOthers };
    }
    default:
      return JSON.parse(from.text()) as StreamRecord;
  }
}
