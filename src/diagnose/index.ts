export type { BlindSpot, Coverage } from './sight/coverage.js';
export { diagnose } from './diagnose.js';
export { INTACT_INPUT } from './diagnosis.js';
export type { Diagnosis, InputHealth, Status } from './diagnosis.js';
export { FINDING_CODES } from './finding.js';
export type { ConfidenceReason, Evidence, Finding, FindingCode } from './finding.js';
export { FIX_KINDS } from './fixes/fix.js';
export type {
  ConntrackFix,
  Fix,
  FixKind,
  HostFix,
  KubeProxyKind,
  ListenerFix,
  LossKind,
  NetworkFix,
  ProcessFix,
  RaiseSysctlFix,
} from './fixes/fix.js';
export type { NetnsEntry } from './fixes/netns-entry.js';
export { netnsOfSubject } from './subject.js';
export type { Subject } from './subject.js';
export { STANDARD_THRESHOLDS, isNear, isSoonFull, nearShare } from './thresholds.js';
export type { Thresholds } from './thresholds.js';
