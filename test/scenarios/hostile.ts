import type { StreamHeader, StreamRecord } from '../../src/records/index.js';
import {
  CONTAINER,
  COVERAGE,
  everySecond,
  HEADER,
  kernel,
  LISTENER,
  listening,
  node,
  probes,
} from './stream.js';

/** What a process, a container or a file may call itself to take over a terminal. */
export const NASTY = '\u001b[2J\u001b]0;pwned\u0007\u009b31m\r\n\u202eevil\u200b\ud800\u{e0041}';

const LONG = `${NASTY}${'x'.repeat(500)}`;

export const HOSTILE_HEADER: StreamHeader = { ...HEADER, host: LONG, kernel: LONG, ctdiag: LONG };

/** A stream in which every name is nasty and long, every figure huge, and every finding is made. */
export function hostileRecords(): StreamRecord[] {
  const huge = Number.MAX_SAFE_INTEGER;
  const owner = { pid: huge, comm: LONG };
  return [
    ...['container', 'other'].map((_, index): StreamRecord => ({
      type: 'netns',
      elapsedMs: 0,
      netns: CONTAINER + index,
      label: LONG,
    })),
    {
      ...COVERAGE,
      bpftraceVersion: LONG,
      reason: LONG,
      hooks: [
        { hook: LONG, state: 'failed', variant: LONG, reason: LONG },
        { hook: LONG, state: 'attached', variant: LONG, reason: null },
      ],
      unreadable: Array.from({ length: 9 }, () => ({ what: LONG, why: LONG })),
      lostEvents: huge,
    },
    { type: 'gap', elapsedMs: 0, source: 'bpftrace', fromMs: 0, reason: LONG },
    ...everySecond(10, (second) => [
      node(second * 1000, { 'net.netfilter.nf_conntrack_max': huge - 10, 'net.core.somaxconn': 1 }),
      kernel(
        second * 1000,
        {
          'net.netfilter.nf_conntrack_count': huge,
          'nf_conntrack.drop': second * 1e12,
          'nf_conntrack.insert_failed': second,
          'net.core.somaxconn': 16,
        },
        CONTAINER,
      ),
      kernel(second * 1000, { 'net.netfilter.nf_conntrack_count': huge - 100 }, CONTAINER + 1),
      probes(second * 1000, { 'probe.table_full': second * 1e12 }, CONTAINER),
      listening(second * 1000, {
        ...LISTENER,
        netns: CONTAINER,
        address: LONG,
        port: huge,
        owner,
        overflows: second,
        acceptQueue: huge,
        backlog: 16,
      }),
      {
        type: 'processes',
        elapsedMs: second * 1000,
        processes: [
          {
            ...owner,
            fds: huge,
            fdLimit: 1,
            maps: huge,
            tasks: { cgroup: `/${owner.comm}`, used: huge, limit: huge, refused: second },
          },
        ],
      },
    ]),
  ];
}
