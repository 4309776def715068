import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** How top was ended, and what it must exit with. */
const EXITS = {
  q: 0,
  'ctrl-c': 130,
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
  exception: 70,
} as const;

export const leavesNothing: Scenario = {
  name: 'leaves-nothing',
  purpose: 'However ctdiag ends, no bpftrace is left and the terminal is as it was.',
  guestScript: 'leaves-nothing.sh',
  memoryMiB: 2048,
  timeoutMs: 1_800_000,
  checks: {
    'the exit codes are the documented ones': (results) => {
      const codes = Object.fromEntries(
        Object.keys(EXITS).map((how) => [how, codeIn(results, `${how}.exit`)]),
      );
      assert.deepEqual(codes, EXITS);
      assert.equal(codeIn(results, 'SIGKILL.exit'), 137);
    },
    'the terminal is as it was: screen, cursor, mouse and line settings': (results) => {
      for (const how of Object.keys(EXITS))
        assert.equal(results.text(`${how}.after`), results.text(`${how}.before`), how);
    },
    'what stood on the terminal stands there still': (results) => {
      for (const how of Object.keys(EXITS)) assert.match(results.text(`${how}.txt`), /^BEFORE/, how);
    },
    'an exception is told after the screen is gone, and not lost with it': (results) => {
      assert.match(results.text('exception.txt'), /this is a bug in ctdiag.*\n.*thrown by the test/);
    },
    'a recording that is ended by a signal is whole, one that is killed is readable': (results) => {
      for (const signal of ['INT', 'TERM', 'HUP', 'KILL']) {
        assert.equal(diagnosisOf(results, `diagnosis-${signal}`).status, 'ok', signal);
        const cut = results.text(`diagnosis-${signal}.err`).includes('was cut off');
        assert.equal(cut, signal === 'KILL', signal);
      }
      assert.deepEqual(
        ['INT', 'TERM', 'HUP'].map((signal) => codeIn(results, `record-${signal}.exit`)),
        [0, 143, 129],
      );
    },
  },
};

function codeIn(results: Results, file: string): number {
  return Number(results.text(file));
}
