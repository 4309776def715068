import { expect, it, test } from 'vitest';
import { fixWords } from '../../../src/render/index.js';
import { codesIn, findingsIn } from '../host-scenario.js';
import type { HostScenario } from '../host-scenario.js';

const PORTS = 65_536;

/** A broker with so many descriptors, whose queue is as long. */
function broker(fds: number, queue: number, fdLimit = 1_048_576): HostScenario {
  return {
    process: () => ({ comm: 'beam.smp', fds, fdLimit, erlang: { ports: PORTS, processes: null } }),
    acceptQueue: () => queue,
    overflows: (second) => (queue > 16 ? 20 * second : 0),
  };
}

it('outranks the queue that fills behind it, and is fixed by the emulator', () => {
  const findings = findingsIn(broker(PORTS + 31, 17));
  expect(findings).toMatchObject([
    {
      code: 'erlang-port-limit',
      severity: 'critical',
      subject: { kind: 'process', process: { pid: 171 } },
      evidence: [
        { metric: 'erlang.ports', value: PORTS + 31, limit: PORTS },
        { metric: 'sk_ack_backlog', value: 17 },
      ],
      fixes: [{ id: 'raise-erlang-ports', from: PORTS, to: 4 * PORTS }, { id: 'find-erlang-ports' }],
    },
    { code: 'accept-queue-overflow', causedBy: 'erlang-port-limit' },
  ]);
});

test.for<[what: string, scenario: HostScenario, expected: unknown[]]>([
  ['at its limit while nothing waits', broker(PORTS + 31, 0), [['erlang-port-limit', 'warning']]],
  ['near it', broker(60_000, 0), [['erlang-port-limit', 'warning']]],
  ['with ports left, however full its queue', broker(20_000, 17), [['accept-queue-overflow', 'critical']]],
  ['whose connections are no ports', broker(120_000, 0), []],
  [
    'whose descriptors end first',
    broker(PORTS, 17, PORTS),
    [
      ['process-fd-limit', 'critical'],
      ['accept-queue-overflow', 'critical'],
    ],
  ],
])('of a broker %s', ([, scenario, expected]) => {
  expect(codesIn(scenario)).toEqual(expected);
});

test.for([
  ['/system.slice/emqx.service', 'node.max_ports = 262144'],
  ['/system.slice/rabbitmq-server.service', 'SERVER_ADDITIONAL_ERL_ARGS="+Q 262144"'],
  ['/system.slice/vernemq.service', 'erlang.max_ports = 262144'],
  ['/kubepods.slice/x', 'ERL_FLAGS="+Q 262144"'],
] as const)('the fix names the setting of the broker in %s', ([cgroup, setting]) => {
  const process = { pid: 7, comm: 'beam.smp', fds: 1, fdLimit: 2, cgroup };
  const words = fixWords({ id: 'raise-erlang-ports', process, from: PORTS, to: 4 * PORTS });
  expect(words.action).toContain(setting);
  expect(words.command).toBeNull();
  expect(fixWords({ id: 'find-erlang-ports', process }).command).toBe(
    "tr '\\0' ' ' < /proc/7/cmdline | grep -oE -e ' -[QP] ?[0-9]+'",
  );
});
