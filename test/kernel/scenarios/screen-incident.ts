import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** The table as set, and as it is filled: the kernel lets one more in before it looks. */
const FULL = '8,19[23] of 8,192';
const COLOR = /\u001b\[(?:[\d;]*;)?(?:3[0-7]|38;5;\d+|9[0-7])(?:;[\d;]*)?m/;

export const screenIncident: Scenario = {
  name: 'screen-incident',
  purpose: 'The screen through a whole incident: healthy, filling, full, fixed by the command that it shows.',
  guestScript: 'screen-incident.sh',
  onRequest: true,
  memoryMiB: 2048,
  timeoutMs: 1_500_000,
  checks: {
    'healthy: it says so, by what it sees, and which ceiling is nearest': (results) => {
      const screen = results.text('1-healthy.txt');
      assert.match(screen, /^✔ no limit is hit; nearest: /m);
      assert.match(screen.split('\n')[0] ?? '', /bpftrace [\d.]+, \d+\/\d+ probes +lost 0 +LIVE \d\d:/);
    },
    'filling: how far, and when it will be full': (results) => {
      const screen = results.text('2-filling.txt');
      assert.match(screen, /^▲ conntrack table filling: [67],\d{3} of 8,192$/m);
      assert.match(screen, /^▲ conntrack entries .* 8,192 +\d\d % +\S/m);
    },
    'full: level, pace, since when, how sure, what to do': (results) => {
      const screen = results.text('3-full.txt');
      assert.match(screen, new RegExp(`^✖ conntrack table full: ${FULL}; refusing [\\d,.]+`, 'm'));
      assert.match(screen, /^ {2}since \d\d:\d\d:\d\d, .* · (?:certain|almost certain|likely)/m);
      assert.match(screen, /^ {2}fix {2}sysctl -w net\.netfilter\.nf_conntrack_max=65536/m);
      assert.match(screen, /^✖ conntrack entries .*8,19[23] +8,192 +100 % +now$/m);
    },
    'the same verdict at every size, and after the terminal was one cell': (results) => {
      for (const name of ['3-full-120x36', '3-full-200x60', '3-full-50x12', '3-full-again'])
        assert.match(results.text(`${name}.txt`), new RegExp(`✖ conntrack table full: ${FULL}`), name);
      for (const [name, width] of [
        ['3-full', 80],
        ['3-full-120x36', 120],
        ['3-full-200x60', 200],
        ['3-full-50x12', 50],
      ] as const)
        for (const row of results.text(`${name}.txt`).split('\n'))
          assert.ok(Array.from(row).length <= width, `${name} has a row wider than ${width}: ${row}`);
    },
    'the finding in full has the evidence of both, the fix, its persistent form and the way back': (
      results,
    ) => {
      const screen = results.text('3-full-detail.txt');
      for (const words of [
        'probe: early_drop',
        'EVIDENCE',
        'FIX 1',
        'sysctl -w net.netfilter.nf_conntrack_max=',
      ])
        assert.ok(screen.includes(words), words);
    },
    'frozen it stands, and goes back to where the verdict changed': (results) => {
      assert.match(results.text('3-frozen.txt').split('\n')[0] ?? '', /FROZEN/);
      assert.match(results.text('3-frozen-before.txt'), /conntrack table (?:full|filling|at its limit)/);
    },
    'fixed by the command on the screen: over, then well again': (results) => {
      assert.equal(results.text('fix').trim(), 'sysctl -w net.netfilter.nf_conntrack_max=65536');
      assert.match(results.text('4-over.txt'), /^▲ conntrack table full: .*refused [\d,]+/m);
      assert.match(results.text('5-fixed.txt'), /^✔ no limit is hit; nearest: /m);
      assert.match(results.text('5-fixed.txt'), / 65,536 +\d+ %/);
    },
    'the events tell it in order, with the mark': (results) => {
      const rows = results
        .text('5-events.txt')
        .split('\n')
        .filter((row) => /^ \d\d:\d\d:\d\d/.test(row));
      const order = [
        'no limit is hit',
        'recovered: conntrack',
        'clients call',
        'table full',
        'table filling',
        'no limit',
      ];
      let at = 0;
      for (const row of rows) if (row.includes(order[at] ?? '\n')) at += 1;
      assert.equal(at, order.length, rows.join('\n'));
    },
    'it leaves with 0 and says what was recorded and where the report is': (results) => {
      assert.equal(results.text('top-exit').trim(), '0');
      assert.match(results.text('6-left.txt'), /ctdiag: ctdiag-\S+\.ctd\.gz: [1-9]\d* records/);
      assert.match(results.text('6-left.txt'), /ctdiag: report written to \/run\/work\/ctdiag-\S+\.md/);
      assert.match(results.text('report.md'), /conntrack table full/);
    },
    'its recording says the same, mark and all': (results) => {
      assert.equal(diagnosisOf(results, 'diagnosis').findings[0]?.code, 'conntrack-table-full');
      assert.equal(results.text('replay-exit').trim(), '0');
      assert.match(results.text('7-replay.txt'), /CEILINGS/);
      assert.match(results.text('7-replay-change.txt'), /[▲✖■] conntrack table/);
    },
    'who is refused was looked for by itself once flows were, and told': (results) => {
      const refused = diagnosisOf(results, 'diagnosis').flows?.refused ?? [];
      assert.deepEqual(
        refused.map(({ source, destination, port, protocol }) => ({ source, destination, port, protocol })),
        [{ source: '10.0.0.0/24', destination: '10.0.0.1', port: 8883, protocol: 'tcp' }],
      );
      assert.ok((refused[0]?.count ?? 0) > 0);
      assert.match(results.text('4-over.txt'), /10\.0\.0\.0\/24 → 10\.0\.0\.1:8883 +refused tcp/);
    },
    'ctrl-z gives the terminal back, fg takes it again': (results) => {
      assert.equal(results.text('stopped-state').trim(), '0 1 0');
      assert.match(results.text('8-stopped.txt'), /Stopped/);
      assert.doesNotMatch(results.text('8-stopped.txt'), /CEILINGS/);
      assert.match(results.text('8-back.txt'), /^ctdiag .*LIVE/);
      assert.match(results.text('8-left.txt'), /left 0/);
    },
    'a locale without UTF-8 gets ASCII, NO_COLOR no colour, screen the same as others': (results) => {
      assert.doesNotMatch(results.text('9-ascii.txt'), /[^\n -~]/);
      assert.doesNotMatch(results.text('9-no-color.txt.ansi'), COLOR);
      assert.match(results.text('9-screen.txt.ansi'), COLOR);
      assert.match(results.text('9-screen.txt'), /^ctdiag /);
    },
    'no terminal, no screen: one sentence that names the command that fits': refusals,
  },
};

function refusals(results: Results): void {
  const said = results.text('refusals').trim().split('\n');
  assert.equal(said.length, 3);
  for (const text of said) assert.match(text, /No screen can be opened: .* Use `ctdiag diagnose` instead/);
}
