export { diagnose } from './diagnose.js';
export { FINDING_CODES, READ_WHOLE } from './finding.js';
export type {
  ConfidenceReason,
  Diagnosis,
  Evidence,
  Finding,
  FindingCode,
  Fix,
  NetworkFix,
  Reading,
  Status,
  Subject,
} from './finding.js';
export { STANDARD_THRESHOLDS, isNear, isSoonFull, nearShare } from './thresholds.js';
export type { Thresholds } from './thresholds.js';
