/**
 * An integer as bpftrace counted it, exactly: a `number` when `Number.isSafeInteger` holds for it, else a
 * `bigint`. The rule is the same for every version and place, so `typeof` tells the two apart.
 */
export type BpftraceInteger = number | bigint;

/** A struct or record value (0.12+): fields in the order printed. It has no prototype, so any name is safe. */
export interface BpftraceStruct {
  readonly [field: string]: BpftraceValue;
}

/**
 * Any value a map or `print()` can hold. Tuples and arrays are arrays, structs are {@link BpftraceStruct},
 * pointers and enums are integers, stacks, addresses, paths and times are strings. `null` is a value that
 * bpftrace left out (none-type, up to 0.22) or wrote as `null` (0.24+).
 */
export type BpftraceValue =
  null | boolean | BpftraceInteger | string | readonly BpftraceValue[] | BpftraceStruct;

/**
 * One bucket of `hist()` or `lhist()`, a closed range: it counts values `v` with `min <= v <= max`. `null` is
 * an open end: `min` in the bucket of negatives or underflow, `max` in that of overflow.
 */
export interface HistBucket {
  readonly min: BpftraceInteger | null;
  readonly max: BpftraceInteger | null;
  readonly count: BpftraceInteger;
}

/** A value of `stats()`. */
export interface StatsValue {
  readonly count: BpftraceInteger;
  readonly average: BpftraceInteger;
  readonly total: BpftraceInteger;
}

/** One interval of `tseries()` (0.24+); `null` where the interval saw no value (0.24.x and text only). */
export interface TseriesPoint {
  /** As printed: `2026-11-21 22:04:03.900000000` in JSON, a time of day in text; local time, no zone. */
  readonly intervalStart: string;
  readonly value: BpftraceValue;
}

/**
 * What a reader of the record should know before trusting every character of it.
 * - `key-spaces-deleted`: bpftrace 0.24+ removes spaces and an outer `()` from JSON keys; they cannot be
 *   restored. Set when the record is, or may be, of that generation and a key is not made of integers alone.
 * - `key-escapes-guessed`: a key holds a backslash that 0.22 and 0.23 would have written for an escape and
 *   other versions for itself, and the version is not known; it was read as an escape.
 * - `key-split-guessed`: a key has several parts, or a string with a comma in it; the text is the same.
 * - `maybe-struct`: 0.24+ prints a map without a key that holds a struct just like a map keyed by names; it was
 *   read as keyed. A schema ({@link defineMaps}) that says `scalar` reads it as the struct.
 * - `text-guessed`: text output; a tuple or array was taken apart, and a string in it may hold `, ` itself.
 * - `sign-suspect`: an average of negative values, which 0.11 and older print in JSON as a large positive one;
 *   set from 2^32 if `version` is that old, from 2^40 if the version is not known. That of `stats()` follows from
 *   its total, and is restored (`repaired`).
 * - `integer-guessed`: 0.24+ quotes integers that a double cannot hold, so they look like strings of digits. One
 *   was read as an integer because the stream is, or may be, of that generation; `String()` gives its text.
 * - `invalid-utf8`: a string was not UTF-8 (often a character cut at the length limit); U+FFFD stands in.
 * - `repaired`: the line was not valid JSON, or a value wrong, by a known defect of its version, and was read for
 *   its meaning.
 * - `hex-counts`: the counts were hexadecimal (0.24+ after an escaped character) and were read as such.
 * - `counts-suspect`: counts that a defect of 0.24+ may have turned hexadecimal or not, unknown which.
 * - `buckets-overflowed`: up to 0.19 the last bucket of a hist, that from 2^31, holds all larger values too. JSON
 *   prints its limits as -2147483648 and 0; they are given as 2147483648 and null. Text prints `[2G, 4G)`, which
 *   is left so, and noted when the version may be that old.
 * - `duplicate-field`: a struct named a field twice; the last is kept.
 */
export type RecordNote =
  | 'key-spaces-deleted'
  | 'key-escapes-guessed'
  | 'key-split-guessed'
  | 'maybe-struct'
  | 'text-guessed'
  | 'sign-suspect'
  | 'integer-guessed'
  | 'invalid-utf8'
  | 'repaired'
  | 'hex-counts'
  | 'counts-suspect'
  | 'buckets-overflowed'
  | 'duplicate-field';

/** One `key: value` pair of a map, in the order printed; equal keys may repeat. */
export interface MapEntry<Value = BpftraceValue> {
  /** The parts of the key; empty for a map without a key (`@x = ...`). */
  readonly key: readonly string[];
  /** The whole key as printed, unescaped; empty for a map without a key. */
  readonly keyText: string;
  readonly value: Value;
}

interface Noted {
  /** Usually empty; see {@link RecordNote}. */
  readonly notes: readonly RecordNote[];
}

interface Named<Value> extends Noted {
  /** With its at sign: `@`, `@x`. */
  readonly name: string;
  readonly entries: readonly MapEntry<Value>[];
}

/** A map of plain values (0.9.2+). In text output each line is a record of one entry. */
export interface MapRecord extends Named<BpftraceValue> {
  readonly type: 'map';
}

/** A map of `avg()` (integers) or `stats()` (count, average, total) (0.9.2+). */
export interface StatsRecord extends Named<BpftraceInteger | StatsValue> {
  readonly type: 'stats';
}

/** A map of `hist()` or `lhist()`, which bpftrace does not tell apart (0.9.2+). */
export interface HistRecord extends Named<readonly HistBucket[]> {
  readonly type: 'hist';
}

/** A map of `tseries()` (0.24+). */
export interface TseriesRecord extends Named<readonly TseriesPoint[]> {
  readonly type: 'tseries';
}

/** `print(x)` of anything but a whole map (0.11+). */
export interface ValueRecord extends Noted {
  readonly type: 'value';
  readonly data: BpftraceValue;
}

/** One call of `printf()` (0.9.2+), its newline kept. */
export interface PrintfRecord extends Noted {
  readonly type: 'printf';
  readonly data: string;
}

/** One call of `time()` (0.9.2+), its newline kept. */
export interface TimeRecord extends Noted {
  readonly type: 'time';
  readonly data: string;
}

/** One call of `cat()` (0.9.2+). */
export interface CatRecord extends Noted {
  readonly type: 'cat';
  readonly data: string;
}

/** One call of `join()` (0.9.2+). */
export interface JoinRecord extends Noted {
  readonly type: 'join';
  readonly data: string;
}

/** The output of one call of `system()` (0.9.2+). */
export interface SyscallRecord extends Noted {
  readonly type: 'syscall';
  readonly data: string;
}

/**
 * How many probes (0.9.2+; hidden by `-q`). Up to 0.23 it is printed *before* attaching, so it is no sign of
 * readiness; from 0.24 after it.
 */
export interface AttachedProbesRecord extends Noted {
  readonly type: 'attached_probes';
  readonly probes: BpftraceInteger;
}

/** Events lost since the last such record, because the reader was slow (0.9.2+). */
export interface LostEventsRecord extends Noted {
  readonly type: 'lost_events';
  readonly events: BpftraceInteger;
}

/** A BPF helper failed (0.16+ in JSON). */
export interface HelperErrorRecord extends Noted {
  readonly type: 'helper_error';
  readonly helper: string;
  readonly retcode: BpftraceInteger;
  /** 0.20+, else null. */
  readonly msg: string | null;
  /** 0.24+, else null. */
  readonly filename: string | null;
  readonly line: BpftraceInteger | null;
  readonly col: BpftraceInteger | null;
}

/** A message with its place in the script. */
interface Located extends Noted {
  readonly msg: string;
  readonly filename: string | null;
  readonly line: BpftraceInteger | null;
  readonly col: BpftraceInteger | null;
}

/** The script failed at run time, for example divided by zero (0.24+). */
export interface RuntimeErrorRecord extends Located {
  readonly type: 'runtime_error';
}

/** One call of `errorf()` (0.24+; there named `print_error` in some builds). */
export interface ErrorfRecord extends Located {
  readonly type: 'errorf';
}

/** One call of `warnf()` (0.25+). */
export interface WarnfRecord extends Located {
  readonly type: 'warnf';
}

/** A record of a type this package does not know, kept whole. */
export interface UnknownRecord extends Noted {
  readonly type: 'unknown';
  readonly recordType: string;
  /** Everything in it but its type. */
  readonly fields: BpftraceStruct;
}

/**
 * A line that is not bpftrace's data: a compile-time warning (on stdout from 0.24), output of a child of `-c`
 * or `system()` among JSON records.
 */
export interface NoiseRecord extends Noted {
  readonly type: 'noise';
  readonly text: string;
}

/** Text output only: a line that is not a map's, so what `printf()`, `time()`, `print()` and others wrote. */
export interface TextRecord extends Noted {
  readonly type: 'text';
  readonly text: string;
}

/** Everything the parser can report, discriminated by `type`. */
export type BpftraceRecord =
  | AttachedProbesRecord
  | CatRecord
  | ErrorfRecord
  | HelperErrorRecord
  | HistRecord
  | JoinRecord
  | LostEventsRecord
  | MapRecord
  | NoiseRecord
  | PrintfRecord
  | RuntimeErrorRecord
  | StatsRecord
  | SyscallRecord
  | TextRecord
  | TimeRecord
  | TseriesRecord
  | UnknownRecord
  | ValueRecord
  | WarnfRecord;

/** The `type` of every record. */
export type BpftraceRecordType = BpftraceRecord['type'];
