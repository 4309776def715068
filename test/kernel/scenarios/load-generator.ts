import assert from 'node:assert/strict';
import type { Scenario } from '../scenario.js';

export const loadGenerator: Scenario = {
  name: 'load-generator',
  purpose:
    'The load generator reports what became of its connections: held, refused, lost, no ports, no files.',
  guestScript: 'load-generator.sh',
  memoryMiB: 1024,
  timeoutMs: 240_000,
  checks: {
    'TCP and UDP over IPv4 and IPv6 succeed, from four addresses in turn': (results) => {
      for (const name of ['held4', 'held6', 'asked4', 'asked6']) {
        assert.equal(results.load(name).succeeded, 200, name);
      }
    },
    'TCP connections are held until it is stopped': (results) => {
      assert.equal(Number(results.text('held')), 400);
    },
    'closed ones succeeded as well': (results) => {
      assert.equal(results.load('closed').succeeded, 40);
    },
    'a port where nobody listens': (results) => {
      assert.deepEqual(results.load('refused').failed, { ECONNREFUSED: 20 });
    },
    'an address where nobody answers': (results) => {
      const { timedOut, failed } = results.load('lost');
      assert.deepEqual({ timedOut, failed }, { timedOut: 20, failed: {} });
    },
    'no descriptor left': (results) => {
      const { attempted, succeeded, failed } = results.load('few-files');
      assert.equal(attempted, 60);
      assert.deepEqual(failed, { EMFILE: 60 - succeeded });
      assert.ok(succeeded < 40);
    },
    'no port left': (results) => {
      const { succeeded, failed } = results.load('few-ports');
      assert.deepEqual({ succeeded, failed }, { succeeded: 100, failed: { EADDRNOTAVAIL: 50 } });
    },
    'no faster than asked': (results) => {
      assert.ok(results.load('slow').elapsedMs >= 1000);
    },
  },
};
