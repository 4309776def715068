import assert from 'node:assert/strict';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** What a kernel with 1 to 4 GiB of usable memory sets by itself. */
const stockMax = 65_536;

const common = {
  guestScript: 'conntrack-table-full.sh',
  memoryMiB: 3072,
  timeoutMs: 600_000,
};

export const conntrackTableFull: Scenario = {
  ...common,
  name: 'conntrack-table-full',
  purpose: 'The incident: 70,000 connections against the stock table of 65,536.',
  environment: { CONNECTIONS: '70000' },
  checks: {
    'the limit is the stock one': stockLimit,
    'exactly as many connections succeed as the table holds, and the others stall': (results) => {
      const { attempted, succeeded, timedOut, failed } = results.load('client');
      assert.deepEqual(
        { attempted, succeeded, timedOut, failed },
        { attempted: 70_000, succeeded: stockMax, timedOut: 70_000 - stockMax, failed: {} },
      );
    },
    'the table is full, and the kernel dropped what was new': (results) => {
      const after = results.oracles('after');
      assert.equal(after.conntrackCount, stockMax);
      assert.ok(after.conntrack('drop') >= 70_000 - stockMax);
      assert.equal(after.conntrack('insert_failed'), 0);
      assert.equal(after.conntrack('early_drop'), 0);
    },
    'the kernel log says so': (results) => {
      assert.match(results.text('dmesg'), /nf_conntrack: table full/);
    },
    'nothing else was near its limit': (results) => {
      assert.equal(results.oracles('after').nstat('TcpExtListenOverflows'), 0);
      assert.equal(results.oracles('after').nstat('TcpExtTCPReqQFullDoCookies'), 0);
    },
  },
};

export const conntrackBelowLimit: Scenario = {
  ...common,
  name: 'conntrack-below-limit',
  purpose: 'The same with 20,000 connections, which the stock table holds easily.',
  environment: { CONNECTIONS: '20000' },
  checks: {
    'the limit is the stock one': stockLimit,
    'every connection succeeds': (results) => {
      assert.equal(results.load('client').succeeded, 20_000);
    },
    'the table holds just those, and nothing was dropped': (results) => {
      const after = results.oracles('after');
      assert.equal(after.conntrackCount, 20_000);
      assert.equal(after.conntrack('drop'), 0);
    },
  },
};

function stockLimit(results: Results): void {
  assert.equal(results.oracles('before').conntrackMax, stockMax);
}
