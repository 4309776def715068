import type { BpftraceRecord, MapEntry } from 'bpftrace-output-parser';
import type { FlowGroup } from '../../records/index.js';
import { listenerAddress } from './address.js';
import { TICK } from './compose.js';

/** The most groups that are listed; the rest is one sum. */
const MOST_GROUPS = 50;

/** The groups of one kind, those with the most flows first, and the flows that are in none of them. */
export interface FlowList {
  readonly groups: readonly FlowGroup[];
  readonly others: number;
}

/** A complete print of the detail program's maps. */
export interface FlowSample {
  readonly refused: FlowList;
  readonly opened: FlowList;
}

const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  58: 'icmpv6',
  132: 'sctp',
};
const WITHOUT_PORTS = new Set([1, 58]);

/** Gathers the output of the detail program; a sample comes back at each tick, and of the last print by `finish`. */
export function createFlowReader(): {
  take(record: BpftraceRecord): FlowSample | null;
  finish(): FlowSample | null;
} {
  const maps = new Map<string, readonly MapEntry[]>();
  let changed = false;
  const list = (name: string): FlowList => listOf(maps.get(`@${name}`) ?? [], maps.get(`@${name}_all`) ?? []);
  const sample = (): FlowSample => {
    changed = false;
    return { refused: list('refused'), opened: list('opened') };
  };
  return {
    take(record) {
      if (record.type === 'map') {
        maps.set(record.name, record.entries);
        changed = true;
      }
      return record.type === 'printf' && record.data.startsWith(`${TICK} `) ? sample() : null;
    },
    finish: () => (changed ? sample() : null),
  };
}

function listOf(entries: readonly MapEntry[], all: readonly MapEntry[]): FlowList {
  const groups = entries
    .flatMap(groupOf)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_GROUPS);
  const total = all.reduce((sum, { value }) => sum + countOrZero(value), 0);
  const listed = groups.reduce((sum, group) => sum + group.count, 0);
  // The maps are printed one after the other, while flows come in.
  return { groups, others: Math.max(0, total - listed) };
}

function groupOf({ key, value }: MapEntry): FlowGroup[] {
  const parts = key.map(Number);
  const count = countOrZero(value);
  if (parts.length !== 10 || !parts.every(Number.isSafeInteger) || count === 0) return [];
  const [netns = 0, family = 0, protocol = 0, port = 0, source0 = 0, source1 = 0, ...destination] = parts;
  const network = listenerAddress(family, [source0, source1, 0, 0]);
  return [
    {
      netns,
      source: `${network}/${family === 2 ? 24 : 64}`,
      destination: listenerAddress(family, destination),
      port: WITHOUT_PORTS.has(protocol) ? null : ((port & 255) << 8) | (port >> 8),
      protocol: PROTOCOLS[protocol] ?? String(protocol),
      count,
    },
  ];
}

function countOrZero(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
