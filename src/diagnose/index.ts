export { diagnose } from './diagnose.js';
export { FINDING_CODES, READ_WHOLE } from './finding.js';
export type {
  ConfidenceReason,
  Diagnosis,
  Evidence,
  Finding,
  FindingCode,
  Reading,
  Status,
} from './finding.js';
export type { Fix, NetworkFix } from './fixes/fix.js';
export type { Subject } from './subject.js';
export { STANDARD_THRESHOLDS, isNear, isSoonFull, nearShare } from './thresholds.js';
export type { Thresholds } from './thresholds.js';
