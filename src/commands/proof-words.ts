import { release } from 'node:os';
import { offBy } from '../prove/compare.js';
import type { FigureProof, HookProof } from '../prove/compare.js';
import type { StallId } from '../prove/report.js';
import { formatCount } from '../render/index.js';
import { safeText } from '../render/safe-text.js';
import type { Wrap } from '../render/wrap.js';

const MARKS: Readonly<Record<HookProof['verdict'], string>> = {
  proven: 'proven  ',
  off: 'OFF     ',
  unproven: 'unproven',
};

const STALLS: Readonly<Record<StallId, string>> = {
  'accept-queue-syn': 'accept queue full at the SYN',
  'syn-cookies': 'SYN queue full, cookies sent',
  'syn-queue': 'SYN queue full, no cookies',
  'accept-queue-ack-v4': 'accept queue full at the ACK',
  'accept-queue-ack-v6': 'accept queue full at the ACK',
  'no-port': 'connect without a free port',
  'no-descriptor': 'accept without a descriptor',
  'rule-drop': 'packets dropped by rules',
  'rule-drop-syn': 'SYNs dropped on their way in',
  'rule-drop-syn-own': 'SYNs of own sockets dropped',
  'conntrack-insert': 'flows inserted',
  'conntrack-destroy': 'flows destroyed',
};

/** `proven    tcp-syn (fentry): SYN queue full, no cookies 25 (kernel 25); …`. */
export function proofLines({ hook, variant, verdict, figures, reasons }: HookProof, wrap: Wrap): string[] {
  const clauses = [
    ...figures.map(figureWords),
    ...reasons.map((reason) => `${figures.length === 0 ? '' : 'not shown: '}${safeText(reason, 200)}`),
  ];
  const subject = `probe ${hook}${variant === null ? '' : ` (${variant})`}`;
  return wrap(`${subject}: ${clauses.join('; ')}`, '', `${MARKS[verdict]}  `);
}

function figureWords(figure: FigureProof): string {
  const { stall, probe, kernel, load } = figure;
  const others = [
    ...(kernel === null ? [] : [`kernel ${formatCount(kernel)}`]),
    ...(load === null ? [] : [`load ${formatCount(load)}`]),
  ];
  const off = offBy(figure);
  const apart = off === 0 ? '' : `: ${formatCount(Math.abs(off))} too ${off > 0 ? 'many' : 'few'}`;
  return `${STALLS[stall]} ${formatCount(probe)} (${others.join(', ')}${apart})`;
}

/** How many of the probes were proven, and where. */
export function proofSummary(hooks: readonly HookProof[], bpftraceVersion: string | null): string {
  const count = (verdict: HookProof['verdict']): number =>
    hooks.filter((hook) => hook.verdict === verdict).length;
  const where = `Linux ${safeText(release(), 80)} and bpftrace ${safeText(bpftraceVersion ?? '?', 40)}`;
  return `${count('proven')} of ${hooks.length} probes proven on ${where}, ${count('off')} off, ${count('unproven')} not provable here.`;
}
