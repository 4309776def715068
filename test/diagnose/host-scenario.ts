import { diagnose } from '../../src/diagnose/index.js';
import type { Finding } from '../../src/diagnose/index.js';
import type { MetricName, ProcessUse, StreamRecord } from '../../src/records/index.js';
import { everySecond, HEADER, kernel, listening, node, probes, windowFrom } from '../scenarios/stream.js';

/** Figures of a second. */
export type Figures = (second: number) => Partial<Record<MetricName, number | null>>;

/** Some time of one host: what each of its sources says of every second. */
export interface HostScenario {
  /** How long it lasts; {@link SECONDS} where not given. */
  readonly seconds?: number;
  /** The kernel's figures of the host's namespace. */
  readonly host?: Figures;
  readonly node?: Figures;
  readonly probes?: Figures;
  /** The kernel's version. */
  readonly kernel?: string;
  /** The port of the one listener; there is one as soon as its queue or process is given as well. */
  readonly listener?: number;
  readonly acceptQueue?: (second: number) => number;
  readonly overflows?: (second: number) => number;
  /** The process that owns the listener. */
  readonly process?: (second: number) => Partial<ProcessUse>;
}

/** How long a {@link HostScenario} lasts as a rule. */
export const SECONDS = 20;

const PROCESS: ProcessUse = { pid: 171, comm: 'broker', fds: 10, fdLimit: 1024 };

/** What is found in a scenario. */
export function findingsIn(scenario: HostScenario): readonly Finding[] {
  const { listener, acceptQueue, overflows, process } = scenario;
  const listens = [listener, acceptQueue, overflows, process].some((given) => given !== undefined);
  const records = everySecond(scenario.seconds ?? SECONDS, (second): StreamRecord[] => {
    const elapsedMs = second * 1000;
    const overflowed = overflows?.(second) ?? 0;
    return [
      kernel(elapsedMs, { 'TcpExt.ListenOverflows': overflowed, ...scenario.host?.(second) }),
      node(elapsedMs, { 'vm.max_map_count': 65_530, ...scenario.node?.(second) }),
      ...(scenario.probes === undefined ? [] : [probes(elapsedMs, scenario.probes(second))]),
      listening(
        elapsedMs,
        ...(listens
          ? [{ port: listener ?? 8883, acceptQueue: acceptQueue?.(second) ?? 0, overflows: overflowed }]
          : []),
      ),
      {
        type: 'processes',
        elapsedMs,
        processes: process === undefined ? [] : [{ ...PROCESS, ...process(second) }],
      },
    ];
  });
  return diagnose(windowFrom(records, { ...HEADER, kernel: scenario.kernel ?? HEADER.kernel })).findings;
}

/** Code and severity of each finding. */
export function codesIn(scenario: HostScenario): unknown[] {
  return findingsIn(scenario).map((finding) => [finding.code, finding.severity]);
}

/** Code, severity, what it follows from, and whether it goes on. */
export function courseOf(scenario: HostScenario): unknown[] {
  return findingsIn(scenario).map((finding) => [
    finding.code,
    finding.severity,
    finding.causedBy,
    finding.untilMs === null ? 'on' : 'ended',
  ]);
}
