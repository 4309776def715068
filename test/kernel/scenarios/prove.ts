import assert from 'node:assert/strict';
import { HOOKS } from '../../../src/sources/bpftrace/hooks.js';
import { hooksMissingOn } from '../distros.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** What is said, a verdict a line: long ones are broken, and their other lines stand further in. */
function proofLines(results: Results): string[] {
  return results
    .text('prove.out')
    .replaceAll(/\n {10}(?=\S)/g, ' ')
    .split('\n');
}

/** The line of a probe. */
function lineOf(results: Results, hook: string): string {
  const line = proofLines(results).find(
    (text) => text.includes(`  probe ${hook} `) || text.includes(`  probe ${hook}:`),
  );
  assert.ok(line !== undefined, `no line of ${hook}`);
  return line;
}

/** What a probe is said to have counted of a stall. */
function counted(results: Results, hook: string, stall: string): number {
  const figure = new RegExp(`${stall} (\\d+) \\(`).exec(lineOf(results, hook))?.[1];
  assert.ok(figure !== undefined, lineOf(results, hook));
  return Number(figure);
}

function nstat(results: Results, name: string): number {
  return Number(new RegExp(`^${name} +(\\d+) `, 'm').exec(results.text('load.nstat'))?.[1]);
}

/** Of a load by itself: what became of its stalls. */
function stallsOf(results: Results, file: string) {
  const { stalls } = JSON.parse(results.text(file)) as {
    stalls: { id: string; kernel: number | null; load: number | null; skipped: string | null }[];
  };
  return new Map(stalls.map((stall) => [stall.id, stall]));
}

export const prove: Scenario = {
  name: 'prove',
  purpose: 'ctdiag doctor --prove: what it says against the kernel, and that it leaves nothing.',
  onRequest: true,
  guestScript: 'prove.sh',
  memoryMiB: 1024,
  timeoutMs: 1_500_000,
  checks: {
    'every probe that this kernel can have is proven, but those of the full table, of bind(2) and of tc': (
      results,
      distro,
    ) => {
      const lines = proofLines(results);
      const unproven = lines.filter((line) => line.startsWith('unproven'));
      assert.deepEqual(
        unproven.map((line) => /probe ([\w-]+)/.exec(line)?.[1]).sort(),
        [
          'conntrack-drop',
          'inet-bind',
          'tc-drop',
          ...hooksMissingOn(distro).filter((hook) => hook !== 'tc-drop'),
        ].sort(),
      );
      assert.deepEqual(
        lines.filter((line) => line.startsWith('OFF')),
        [],
      );
      assert.equal(lines.filter((line) => line.startsWith('proven')).length, HOOKS.length - unproven.length);
      assert.equal(results.text('prove.exit').trim(), '0');
    },
    'no stall was left out': (results) => {
      assert.doesNotMatch(proofLines(results).join('\n'), /not shown/);
    },
    "what the probes are said to have counted is what the namespace's own counters say": (results) => {
      const overflows =
        counted(results, 'tcp-syn', 'accept queue full at the SYN') +
        counted(results, 'tcp-accept-ack-v4', 'accept queue full at the ACK') +
        counted(results, 'tcp-accept-ack-v6', 'accept queue full at the ACK');
      assert.ok(overflows > 40, `${overflows} overflows`);
      assert.equal(overflows, nstat(results, 'TcpExtListenOverflows'));
      const cookies = counted(results, 'tcp-syn', 'SYN queue full, cookies sent');
      assert.ok(cookies > 20, `${cookies} cookies`);
      assert.equal(cookies, nstat(results, 'TcpExtTCPReqQFullDoCookies'));
      const dropped = counted(results, 'tcp-syn', 'SYN queue full, no cookies');
      assert.ok(dropped > 20, `${dropped} drops`);
      assert.equal(dropped, nstat(results, 'TcpExtTCPReqQFullDrop'));
      assert.equal(
        counted(results, 'conntrack-insert', 'flows inserted'),
        Number(results.text('load.entries')),
      );
      assert.equal(
        counted(results, 'conntrack-destroy', 'flows destroyed'),
        Number(results.text('load.entries')),
      );
    },
    'what it says of the rules is what they counted': (results, distro) => {
      if (hooksMissingOn(distro).includes('netfilter-drop')) return;
      const packets = Array.from(results.text('load.rules').matchAll(/counter packets (\d+)/g), ([, count]) =>
        Number(count),
      );
      assert.equal(packets.length, 3);
      assert.equal(
        counted(results, 'netfilter-drop', 'packets dropped by rules'),
        packets.reduce((sum, count) => sum + count, 0),
      );
    },
    'the host is as it was, also after kill -9: counters, sysctls, routes, rules, modules': (results) => {
      assert.equal(results.text('after'), results.text('before'));
      assert.equal(results.text('after-kill'), results.text('before'));
    },
    'no file is left': (results) => {
      assert.equal(results.text('new-files'), '');
    },
    'where a rule would load a module, none is set': (results) => {
      const stalls = stallsOf(results, 'untouched');
      assert.match(stalls.get('rule-drop')?.skipped ?? '', /would load a module/);
      assert.equal(stalls.get('conntrack-insert')?.skipped, 'nf_conntrack is not loaded');
      assert.equal(stalls.get('syn-queue')?.skipped, null);
    },
    'iptables does where there is no nft': (results) => {
      const stalls = stallsOf(results, 'by-iptables');
      assert.deepEqual([stalls.get('rule-drop')?.kernel, stalls.get('rule-drop')?.skipped], [30, null]);
      assert.deepEqual(
        [stalls.get('conntrack-insert')?.kernel, stalls.get('conntrack-insert')?.load],
        [10, 10],
      );
    },
  },
};
