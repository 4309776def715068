import { seriesOf } from '../model/index.js';
import type { Window } from '../model/index.js';
import { isMetricName, NODE_WIDE } from '../records/index.js';
import type { MetricName } from '../records/index.js';
import { driftOf } from './drift.js';
import type { SettingDrift } from './drift.js';

/** A sysctl that limits connections. */
export interface LimitSetting {
  /** Name with dots. */
  readonly name: string;
  /** `netns`: each network namespace has its own, and no file of the host sets those of containers. */
  readonly scope: 'node' | 'netns';
  /** The metric that it limits; `null` if none is read. */
  readonly used: MetricName | null;
}

/** The sysctls that limit connections, read by the kernel source under the same names. */
const LIMIT_SETTINGS: readonly LimitSetting[] = [
  { name: 'net.netfilter.nf_conntrack_max', scope: 'node', used: 'net.netfilter.nf_conntrack_count' },
  { name: 'net.netfilter.nf_conntrack_buckets', scope: 'node', used: null },
  {
    name: 'net.netfilter.nf_conntrack_expect_max',
    scope: 'node',
    used: 'nf_conntrack.expect_count',
  },
  { name: 'net.core.somaxconn', scope: 'netns', used: null },
  { name: 'net.core.netdev_max_backlog', scope: 'node', used: null },
  { name: 'net.ipv4.ip_local_port_range', scope: 'netns', used: null },
  { name: 'net.ipv4.tcp_max_syn_backlog', scope: 'netns', used: null },
  { name: 'net.ipv4.tcp_syncookies', scope: 'netns', used: null },
  { name: 'net.ipv4.tcp_max_tw_buckets', scope: 'netns', used: 'sockstat.TCP.tw' },
  { name: 'net.ipv4.tcp_max_orphans', scope: 'node', used: 'sockstat.TCP.orphan' },
  { name: 'net.ipv4.neigh.default.gc_thresh3', scope: 'node', used: null },
  { name: 'net.ipv6.neigh.default.gc_thresh3', scope: 'node', used: null },
  { name: 'fs.file-max', scope: 'node', used: 'fs.file-nr.allocated' },
  { name: 'fs.nr_open', scope: 'node', used: null },
  { name: 'kernel.threads-max', scope: 'node', used: null },
  { name: 'kernel.pid_max', scope: 'node', used: null },
  { name: 'vm.max_map_count', scope: 'node', used: null },
];

/** A limit's value now, and where it is set. */
export interface SetLimit extends LimitSetting {
  readonly drift: SettingDrift;
}

/**
 * Where the limits of the host are set, for those with a known value; empty if no file was read. Limits of a network
 * namespace are included only if ctdiag runs in the host's.
 */
export function setLimitsOf(window: Window): SetLimit[] {
  const { settings } = window.last;
  if (settings === null) return [];
  return LIMIT_SETTINGS.flatMap((limitSetting): SetLimit[] => {
    if (limitSetting.scope === 'netns' && settings.inInitNetns === false) return [];
    const running = runningValue(window, limitSetting);
    return running === null
      ? []
      : [{ ...limitSetting, drift: driftOf(settings, limitSetting.name, running, window.header) }];
  });
}

/** As the kernel shows it, several numbers separated by tabs; `null`: unknown. */
function runningValue(window: Window, { name, scope }: LimitSetting): string | null {
  const netns = scope === 'node' ? NODE_WIDE : window.header.netns;
  if (netns === null) return null;
  const value = (metric: string): number | null =>
    isMetricName(metric) ? (seriesOf(window, netns, metric)?.last ?? null) : null;
  if (name === 'net.ipv4.ip_local_port_range') {
    const [low, high] = [value(`${name}.low`), value(`${name}.high`)];
    return low === null || high === null ? null : `${low}\t${high}`;
  }
  const only = value(name);
  return only === null ? null : String(only);
}

/** The peak usage of a setting in a window, in any namespace; `null`: unknown. */
export function peakUse(window: Window, { used }: LimitSetting): number | null {
  if (used === null) return null;
  let peak: number | null = null;
  for (const series of window.series.values())
    if (series.name === used && series.max !== null) peak = Math.max(peak ?? 0, series.max);
  return peak;
}
