import assert from 'node:assert/strict';
import type { Scenario } from '../scenario.js';

export const runtimeLimits: Scenario = {
  name: 'runtime-limits',
  purpose: 'The ports of an Erlang emulator; accept() without memory for a socket in a control group.',
  guestScript: 'runtime-limits.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  onRequest: true,
  checks: {},
  verdicts: [
    {
      diagnosis: 'erlang-ports',
      code: 'erlang-port-limit',
      confidence: 0.9,
      others: [['accept-queue-overflow', 'erlang-port-limit']],
      mayFollow: [['syn-queue-overflow', 'accept-queue-overflow']],
      kernel: (results, first) => {
        const ports = Number(/system_limit\} with (\d+) ports/.exec(results.text('erlang.out'))?.[1]);
        assert.equal(ports, 1024);
        const level = first?.evidence.find(({ metric }) => metric === 'erlang.ports');
        assert.equal(level?.limit, ports);
        assert.match(results.text('erlang-ports.queue'), /^LISTEN +9 +8 /);
        return `Erlang: system_limit with ${ports} ports; ${results.text('erlang-ports.fds').trim()} fds, ss: 9 of 8 wait`;
      },
    },
    {
      diagnosis: 'socket-memory',
      code: 'socket-memory',
      confidence: 0.8,
      others: [['accept-queue-overflow', 'socket-memory']],
      mayFollow: [['syn-queue-overflow', 'accept-queue-overflow']],
      kernel: (results, first) => {
        const [allocated = 0, , max = 0] = results
          .text('socket-memory.file-nr')
          .trim()
          .split(/\s+/)
          .map(Number);
        assert.ok(allocated < max / 10, `${allocated} of ${max} files`);
        const hit = Number(/^max (\d+)$/m.exec(results.text('socket-memory.events'))?.[1]);
        assert.ok(hit > 0, 'the group never was at its limit');
        assert.ok((first?.evidence.find(({ metric }) => metric === 'probe.accept_enfile')?.value ?? 0) > 0);
        return `memory.events max ${hit}; file-nr ${allocated} of ${max}`;
      },
    },
  ],
};
