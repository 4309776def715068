import type { BpftraceInteger, BpftraceStruct, BpftraceValue } from './records.js';

/** Whether a value is an integer. */
export function isInteger(value: BpftraceValue): value is BpftraceInteger {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Whether a value is a tuple, an array, or from 0.24 a buffer. `Array.isArray` does not narrow readonly arrays. */
export function isTuple(value: BpftraceValue): value is readonly BpftraceValue[] {
  return Array.isArray(value);
}

/** Whether a value is a struct or a record (0.12+). */
export function isStruct(value: BpftraceValue): value is BpftraceStruct {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
