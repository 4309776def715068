import { BpftraceParseError } from '../errors.js';
import type { BpftraceInteger, BpftraceRecord, BpftraceStruct, BpftraceValue } from '../records.js';
import { isStats, readBuckets, readCount, readPoints, readStatsValue } from './aggregates.js';
import { isStruct, isNeverStruct, readMapData, readPlainValue } from './maps.js';
import {
  A,
  B,
  C,
  NOTE,
  expectByte,
  createFault,
  narrowGenerations,
  notesOf,
  peekToken,
  type Scan,
} from './scan.js';
import { readString, readText, startsWith } from './strings.js';
import { readFields, readMembers, readName, readValue } from './values.js';

/** `{"type":` with or without a space before the colon's value: how every record of every version begins. */
const OPENING = [123, 34, 116, 121, 112, 101, 34, 58];

/** Whether a record begins at `at`. */
export function opensRecord(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + OPENING.length > end || bytes[at] !== 123) return false;
  for (let i = 1; i < OPENING.length; i++) if (bytes[at + i] !== OPENING[i]) return false;
  return true;
}

/** Whether the bytes are the beginning of a record's beginning, and no more. */
export function isCutOpening(bytes: Uint8Array, start: number, end: number): boolean {
  const size = end - start;
  if (size === 0 || size >= OPENING.length) return false;
  for (let i = 0; i < size; i++) if (bytes[start + i] !== OPENING[i]) return false;
  return true;
}

/** Reads the data of a record by `read`, and the rest of the record. */
type TakeData = <Data>(scan: Scan, read: (scan: Scan) => Data) => Data;
type ReadBody = (scan: Scan, data: TakeData) => BpftraceRecord;

/** The types whose body is what stands under `data`. */
const DATA_TYPES: Readonly<Record<string, ReadBody>> = {
  map(scan, data) {
    const { name, entries } = data(scan, readPlainMap);
    return { type: 'map', name, entries, notes: notesOf(scan.notes) };
  },
  stats(scan, data) {
    const { name, entries } = data(scan, readStatsMap);
    return { type: 'stats', name, entries, notes: notesOf(scan.notes) };
  },
  hist(scan, data) {
    const { name, entries } = data(scan, readHistMap);
    return { type: 'hist', name, entries, notes: notesOf(scan.notes) };
  },
  tseries(scan, data) {
    narrowGenerations(scan, C);
    const { name, entries } = data(scan, readTseriesMap);
    return { type: 'tseries', name, entries, notes: notesOf(scan.notes) };
  },
  value: (scan, data) => ({ type: 'value', data: data(scan, readPlainValue), notes: notesOf(scan.notes) }),
  printf: (scan, data) => ({ type: 'printf', data: data(scan, readMessage), notes: notesOf(scan.notes) }),
  time: (scan, data) => ({ type: 'time', data: data(scan, readMessage), notes: notesOf(scan.notes) }),
  cat: (scan, data) => ({ type: 'cat', data: data(scan, readMessage), notes: notesOf(scan.notes) }),
  join: (scan, data) => ({ type: 'join', data: data(scan, readMessage), notes: notesOf(scan.notes) }),
  syscall: (scan, data) => ({ type: 'syscall', data: data(scan, readMessage), notes: notesOf(scan.notes) }),
};

const OTHER_TYPES: Readonly<Record<string, (scan: Scan) => BpftraceRecord>> = {
  attached_probes: readAttachedProbes,
  lost_events: readLostEvents,
  helper_error: readHelperError,
  runtime_error: (scan) => ({ type: 'runtime_error', ...readLocated(scan) }),
  errorf: (scan) => ({ type: 'errorf', ...readLocated(scan) }),
  print_error: (scan) => ({ type: 'errorf', ...readLocated(scan) }),
  warnf: (scan) => ({ type: 'warnf', ...readLocated(scan) }),
};

const BODIES = new Map<string, (scan: Scan) => BpftraceRecord>([
  ...Object.entries(OTHER_TYPES),
  ...Object.entries(DATA_TYPES).map(([type, read]) => [type, (scan: Scan) => read(scan, readData)] as const),
]);

/** How a record of each of the commonest types goes on behind its opening, by the first letter of the type. */
const HEADS: ({ readonly head: Uint8Array; readonly read: ReadBody } | undefined)[] = [];
for (const type of ['map', 'printf', 'hist', 'stats']) {
  const head = new TextEncoder().encode(` "${type}", "data": `);
  const read = DATA_TYPES[type];
  if (read !== undefined) HEADS[type.charCodeAt(0)] = { head, read };
}

/** Reads the record at the cursor, which {@link opensRecord}; the cursor ends behind its closing brace. */
export function readRecord(scan: Scan): BpftraceRecord {
  scan.notes = 0;
  scan.at += OPENING.length;
  const common = HEADS[scan.bytes[scan.at + 2] ?? 0];
  let record: BpftraceRecord;
  if (common !== undefined && startsWith(scan.bytes, scan.at, common.head)) {
    scan.at += common.head.length;
    record = common.read(scan, readDataHere);
  } else {
    if (peekToken(scan) !== 34) throw createFault(scan, 'bad-json', 'expected the type');
    const type = readString(scan);
    const read = BODIES.get(type);
    record = read === undefined ? readUnknown(scan, type) : read(scan);
  }
  if (scan.at > scan.end) {
    // Steps over expected bytes do not look for the end one by one; behind it may stand an older line.
    scan.at = scan.end;
    throw createFault(scan, 'bad-json', 'the line ends inside the record');
  }
  return record;
}

/**
 * Reads the record at the cursor if it fills its line, which must end before `limit`; the cursor then stands at
 * the newline. This spares looking for the newline first. Otherwise undefined, and the cursor as it was.
 */
export function readRecordLine(scan: Scan, limit: number): BpftraceRecord | undefined {
  const { at } = scan;
  scan.end = limit;
  try {
    const record = readRecord(scan);
    if (scan.bytes[scan.at] === 10) return record;
  } catch (error) {
    if (!(error instanceof BpftraceParseError)) throw error;
  }
  scan.at = at;
  return undefined;
}

/**
 * Reads the rest of a record whose data is under `data` (or `msg`, which 0.9.2 called it), skipping any other
 * field, up to and over its closing brace.
 */
function readData<Data>(scan: Scan, read: (scan: Scan) => Data): Data {
  return readDataAmongOthers(scan, read, undefined, false);
}

/** {@link readData} at the data itself. */
function readDataHere<Data>(scan: Scan, read: (scan: Scan) => Data): Data {
  const data = read(scan);
  if (scan.bytes[scan.at] !== 125) return readDataAmongOthers(scan, read, data, true);
  scan.at++;
  return data;
}

/** {@link readData} for records with other fields before or behind their data. */
function readDataAmongOthers<Data>(
  scan: Scan,
  read: (scan: Scan) => Data,
  data: Data | undefined,
  found: boolean,
): Data {
  for (;;) {
    if (found && peekToken(scan) === 125) break;
    expectByte(scan, 44);
    const name = readName(scan);
    if (!found && (name === 'data' || name === 'msg')) {
      data = read(scan);
      found = true;
    } else readValue(scan);
    if (peekToken(scan) !== 44) break;
  }
  expectByte(scan, 125);
  if (!found) throw createFault(scan, 'bad-record', 'a record without its data');
  return data as Data;
}

const readPlainMap = (scan: Scan) => readMapData(scan, readPlainValue, isStruct);
const readStatsMap = (scan: Scan) => readMapData(scan, readStatsValue, isStats);
const readHistMap = (scan: Scan) => readMapData(scan, readBuckets, isNeverStruct);
const readTseriesMap = (scan: Scan) => readMapData(scan, readPoints, isNeverStruct);

function readMessage(scan: Scan): string {
  if (peekToken(scan) !== 34) throw createFault(scan, 'bad-record', 'expected a string');
  return readText(scan);
}

/** Reads whatever fields are left, up to and over the closing brace. */
function readRest(scan: Scan): BpftraceStruct {
  const fields = Object.create(null) as Record<string, BpftraceValue>;
  if (peekToken(scan) === 125) scan.at++;
  else {
    expectByte(scan, 44);
    readFields(scan, fields, 0);
  }
  return fields;
}

function readUnknown(scan: Scan, recordType: string): BpftraceRecord {
  const fields = readRest(scan);
  return { type: 'unknown', recordType, fields, notes: notesOf(scan.notes) };
}

/** `{"probes": N}` under `data`; 0.9.2 had it at the top; 0.24+ adds a `count`, and 0.24.0 had that alone. */
function readAttachedProbes(scan: Scan): BpftraceRecord {
  const probes = readTally(scan, 'probes');
  return { type: 'attached_probes', probes, notes: notesOf(scan.notes) };
}

/** `{"events": N}` under `data`, with the same history. */
function readLostEvents(scan: Scan): BpftraceRecord {
  const events = readTally(scan, 'events');
  return { type: 'lost_events', events, notes: notesOf(scan.notes) };
}

function readTally(scan: Scan, name: 'probes' | 'events'): BpftraceInteger {
  let tally: BpftraceInteger | undefined;
  const readMember = (field: string): void => {
    if (field === 'data') {
      if (tally === undefined) narrowGenerations(scan, A | B);
      expectByte(scan, 123);
      readMembers(scan, readMember);
    } else if (field === name || field === 'count') {
      if (field === 'count') narrowGenerations(scan, C);
      const read = readCount(scan);
      tally ??= read;
    } else readValue(scan);
  };
  expectByte(scan, 44);
  readMembers(scan, readMember);
  if (tally === undefined) throw createFault(scan, 'bad-record', `expected ${name}`);
  return tally;
}

function readHelperError(scan: Scan): BpftraceRecord {
  const fields = readRest(scan);
  narrowGenerations(scan, 'filename' in fields ? C : A | B);
  const helper = textOf(fields['helper']);
  const retcode = integerOf(fields['retcode']);
  if (helper === null || retcode === null)
    throw createFault(scan, 'bad-record', 'expected helper and retcode');
  return {
    type: 'helper_error',
    helper,
    retcode,
    msg: textOf(fields['msg']),
    filename: textOf(fields['filename']),
    line: integerOf(fields['line']),
    col: integerOf(fields['col']),
    notes: notesOf(scan.notes & ~NOTE['integer-guessed']),
  };
}

function readLocated(scan: Scan) {
  narrowGenerations(scan, C);
  const fields = readRest(scan);
  const msg = textOf(fields['msg']);
  if (msg === null) throw createFault(scan, 'bad-record', 'expected msg');
  return {
    msg,
    filename: textOf(fields['filename']),
    line: integerOf(fields['line']),
    col: integerOf(fields['col']),
    notes: notesOf(scan.notes & ~NOTE['integer-guessed']),
  };
}

/** A text field. One made of digits may have been read as an integer, which `String` undoes. */
function textOf(value: BpftraceValue | undefined): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' ? String(value) : null;
}

function integerOf(value: BpftraceValue | undefined): BpftraceInteger | null {
  return typeof value === 'number' || typeof value === 'bigint' ? value : null;
}
