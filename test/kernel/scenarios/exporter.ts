import assert from 'node:assert/strict';
import { execaSync } from 'execa';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

export const exporter: Scenario = {
  name: 'exporter',
  purpose:
    'The exporter through an incident: the finding is scraped while it refuses, and gone after the fix.',
  guestScript: 'exporter.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  checks: {
    'nothing is found before': (results) => {
      assert.doesNotMatch(results.text('before.prom'), /^ctdiag_finding\{.*severity="critical"/m);
    },
    'the finding names its namespace, and is a root cause': (results) => {
      assert.match(
        results.text('during.prom'),
        /^ctdiag_finding\{code="conntrack-table-full",severity="critical",subject="",netns="netns server",caused_by=""\} 1$/m,
      );
      assert.equal(valueOf(results, 'during', 'ctdiag_verdict{status="critical"}'), 1);
    },
    'the table is shown full, with its limit': (results) => {
      const labels = '{ceiling="conntrack",subject="",netns="netns server"}';
      assert.equal(valueOf(results, 'during', `ctdiag_ceiling_limit${labels}`), 300);
      assert.ok(valueOf(results, 'during', `ctdiag_ceiling_used${labels}`) >= 300);
      assert.equal(valueOf(results, 'after', `ctdiag_ceiling_limit${labels}`), 65_536);
    },
    'the fix lets every client in, and the finding is gone': (results) => {
      assert.equal(results.load('client').succeeded, 450);
      assert.doesNotMatch(results.text('after.prom'), /conntrack-table-full",severity/);
    },
    'what was refused is what conntrack -S says, by the probes and by the counters': (results) => {
      const dropped = results.oracles('after').conntrack('drop');
      assert.ok(dropped > 0);
      assert.equal(refused(results, 'conntrack-drop', 'kernel'), dropped);
      assert.equal(refused(results, 'conntrack-table-full', 'bpftrace'), dropped);
    },
    'all probes are attached and nothing was lost': (results) => {
      assert.ok(valueOf(results, 'during', 'ctdiag_probes{state="attached"}') > 0);
      assert.equal(valueOf(results, 'after', 'ctdiag_records_lost_total{where="bpftrace"}'), 0);
      assert.equal(valueOf(results, 'after', 'ctdiag_records_lost_total{where="ring"}'), 0);
    },
    'promtool has nothing against the metrics': (results) => {
      const input = results.text('during.prom');
      const { exitCode, stdout, stderr } = execaSync('promtool', ['check', 'metrics'], {
        input,
        reject: false,
      });
      assert.deepEqual({ exitCode, stdout, stderr }, { exitCode: 0, stdout: '', stderr: '' });
    },
    'each change of verdict is an event': (results) => {
      const events = results
        .text('exporter.out')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { status: string; findings: { code: string }[] });
      assert.equal(events[0]?.status, 'ok');
      assert.ok(events.some(({ findings }) => findings[0]?.code === 'conntrack-table-full'));
    },
    'Ctrl-C ends it with success': (results) => {
      assert.equal(results.text('exporter-exit').trim(), '0');
    },
  },
};

function refused(results: Results, cause: string, source: string): number {
  return valueOf(results, 'after', `ctdiag_refused_total{cause="${cause}",source="${source}"}`);
}

/** The value of a series in a scrape. */
function valueOf(results: Results, scrape: string, series: string): number {
  const line = results
    .text(`${scrape}.prom`)
    .split('\n')
    .find((text) => text.startsWith(`${series} `));
  assert.ok(line !== undefined, `${scrape} has no ${series}`);
  return Number(line.slice(series.length + 1));
}
