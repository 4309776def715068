import assert from 'node:assert/strict';
import type { Distro } from '../distros.js';
import type { Scenario } from '../scenario.js';

const kernels: Readonly<Record<Distro, RegExp>> = {
  bullseye: /^5\.10\./,
  bookworm: /^6\.1\..*[0-9]-amd64$/,
  'bookworm-cloud': /^6\.1\..*-cloud-amd64$/,
  trixie: /^6\.12\./,
  // Moves.
  sid: /^[67]\./,
};

export const guest: Scenario = {
  name: 'guest',
  purpose: 'The guest itself: its kernel, bpftrace, node, terminals, and the functions of guest/lib.sh.',
  guestScript: 'guest.sh',
  memoryMiB: 1024,
  timeoutMs: 180_000,
  checks: {
    'the kernel is the suite’s own': (results, distro) => {
      assert.match(results.text('release').trim(), kernels[distro]);
    },
    'the checkout is where it is on the host, and node runs': (results) => {
      assert.equal(results.text('node'), `${process.version} ctdiag\n`);
    },
    'a kprobe counts exactly': (results) => {
      assert.match(results.text('bpftrace.out'), /\{"@calls": 20\}/);
    },
    'a terminal has its size, shows UTF-8, takes keys and reports exit codes': (results) => {
      assert.deepEqual(results.text('pane.txt').split('\n').slice(0, 3), [
        '24 80 UTF-8',
        '│ ▁▂▃ é │',
        'got q',
      ]);
      assert.equal(results.text('pane-exit'), '7\n');
    },
    'what a killed parent left behind dies with it where asked to': (results) => {
      assert.equal(results.text('orphan'), 'gone\n');
    },
  },
};
