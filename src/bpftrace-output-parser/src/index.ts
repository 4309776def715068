export type { BpftraceChunk } from './chunks.js';
export { BpftraceParseError, type BpftraceParseErrorCode } from './errors.js';
export { generationOf, type JsonGeneration } from './generation.js';
export { isInteger, isStruct, isTuple } from './guards.js';
export type { BpftraceParser, ParserOptions, ParserSettings } from './options.js';
export { createParser } from './parser.js';
export type {
  AttachedProbesRecord,
  BpftraceInteger,
  BpftraceRecord,
  BpftraceRecordType,
  BpftraceStruct,
  BpftraceValue,
  CatRecord,
  ErrorfRecord,
  HelperErrorRecord,
  HistBucket,
  HistRecord,
  JoinRecord,
  LostEventsRecord,
  MapEntry,
  MapRecord,
  NoiseRecord,
  PrintfRecord,
  RecordNote,
  RuntimeErrorRecord,
  StatsRecord,
  StatsValue,
  SyscallRecord,
  TextRecord,
  TimeRecord,
  TseriesPoint,
  TseriesRecord,
  UnknownRecord,
  ValueRecord,
  WarnfRecord,
} from './records.js';
export {
  defineMaps,
  type KeyKinds,
  type MapReader,
  type MapShape,
  type TypedEntry,
  type TypedMap,
  type ValueKinds,
} from './schema.js';
export type { KeyKind } from './schema-keys.js';
export {
  createRecordStream,
  parseRecords,
  type BpftraceRecordStream,
  type BpftraceStreamItem,
  type ErrorRecord,
} from './streams.js';
