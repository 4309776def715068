export { cgroupOwner, cgroupPathOf } from './cgroup-path.js';
export type { CgroupOwner, ContainerRuntime } from './cgroup-path.js';
export type { PeerUse } from './peer-use.js';
export type { ConntrackEntry } from './conntrack-entry.js';
export { DecodeError } from './decode-fields.js';
export { decodeHeader, decodeRecord } from './decode.js';
export { gapsOfAllSources, shiftRecord } from './joined.js';
export type { ConntrackReading, HostReading, RulesReading, ServerReading } from './host-reading.js';
export { METRICS, isMetricName, metricKind } from './metrics.js';
export type { MetricKind, MetricName } from './metrics.js';
export { UNREAD_KINDS } from './record.js';
export type {
  CoverageRecord,
  ErlangLimits,
  FlowGroup,
  FlowsRecord,
  GapRecord,
  HookCoverage,
  Listener,
  ListenersRecord,
  MarkRecord,
  Owner,
  PortUse,
  PortsRecord,
  ProcessUse,
  SampleRecord,
  SourceName,
  StreamHeader,
  StreamRecord,
  TaskUse,
  TickRecord,
  UnreadGroup,
  UnreadKind,
  UnwatchedPath,
  UnwatchedPathId,
} from './record.js';
export type {
  FilePlace,
  KubeProxy,
  ModuleLoad,
  ModuleOption,
  ServiceLimit,
  SettingsRecord,
  SysctlFile,
  SysctlLine,
  SysctlReapplied,
} from './settings.js';
export { isUnboundedNofile } from './nofile.js';
export { pageBytesOf } from './page-size.js';
export { NODE_WIDE } from './units.js';
export type { ElapsedMs, Netns } from './units.js';
