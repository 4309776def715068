import { expect, test } from 'vitest';
import { proofLines, proofSummary } from '../../src/commands/proof-words.js';
import type { HookProof } from '../../src/prove/compare.js';
import { wrapTo } from '../../src/render/wrap.js';

const proofLine = (proof: HookProof): string => proofLines(proof, wrapTo(200)).join('\n');

const PROVEN: HookProof = {
  hook: 'tcp-syn',
  variant: 'fentry',
  verdict: 'proven',
  figures: [
    { stall: 'accept-queue-syn', probe: 25, kernel: 25, load: 25 },
    { stall: 'syn-queue', probe: 1024, kernel: 1024, load: null },
  ],
  reasons: [],
};
const OFF: HookProof = {
  hook: 'sys-accept',
  variant: 'kprobe',
  verdict: 'off',
  figures: [{ stall: 'no-descriptor', probe: 7, kernel: null, load: 10 }],
  reasons: [],
};
const UNPROVEN: HookProof = {
  hook: 'netfilter-drop',
  variant: null,
  verdict: 'unproven',
  figures: [],
  reasons: ['nft failed: \u001b[31mred'],
};

test('a probe is shown with every figure beside those that it is compared with', () => {
  expect(proofLine(PROVEN)).toBe(
    'proven    probe tcp-syn (fentry): accept queue full at the SYN 25 (kernel 25, load 25); SYN queue full, no cookies 1,024 (kernel 1,024)',
  );
});

test('lines break at words, behind the verdict', () => {
  expect(proofLines(PROVEN, wrapTo(80))).toEqual([
    'proven    probe tcp-syn (fentry): accept queue full at the SYN 25 (kernel 25,',
    '          load 25); SYN queue full, no cookies 1,024 (kernel 1,024)',
  ]);
});

test('a probe that is off says by how much, and in which direction', () => {
  expect(proofLine(OFF)).toBe(
    'OFF       probe sys-accept (kprobe): accept without a descriptor 7 (load 10: 3 too few)',
  );
  const tooMany = {
    ...OFF,
    figures: [{ stall: 'no-descriptor', probe: 11, kernel: null, load: 10 }] as const,
  };
  expect(proofLine(tooMany)).toContain('11 (load 10: 1 too many)');
});

test('a probe that could not be compared says why, without what a tool puts in its words', () => {
  expect(proofLine(UNPROVEN)).toMatch(/^unproven {2}probe netfilter-drop: nft failed: [^\u001b]*red$/);
});

test('what a proven probe was not shown is said as well', () => {
  expect(proofLine({ ...PROVEN, reasons: ['this kernel has no SYN cookies'] })).toMatch(
    /; not shown: this kernel has no SYN cookies$/,
  );
});

test('the sum counts each kind, on which kernel and bpftrace', () => {
  expect(proofSummary([PROVEN, OFF, UNPROVEN, PROVEN], '0.17.0')).toMatch(
    /^2 of 4 probes proven on Linux \S+ and bpftrace 0\.17\.0, 1 off, 1 not provable here\.$/,
  );
});
