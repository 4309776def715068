import type { Window } from '../../model/index.js';
import type { Finding } from '../finding.js';
import { sure } from './confidence.js';

/** From here on the next burst fails; the kernel leaves the last of them to root. */
const NEARLY_FULL_SHARE = 0.95;
/** With this many handles open, accept(2) and open(2) fail with ENFILE for all but root. */
const FULL_SHARE = 0.999;

/** The node has no file handle left (fs.file-nr against fs.file-max): every process fails, not one. */
export function systemFileLimit(window: Window): Finding[] {
  const ceiling = window.ceilings.find((one) => one.id === 'file-handles');
  const { share = null, used = null, limit = null } = ceiling ?? {};
  if (ceiling === undefined || share === null || limit === null || share < NEARLY_FULL_SHARE) return [];
  const full = share >= FULL_SHARE;
  return [
    {
      code: 'system-file-limit',
      severity: full ? 'critical' : 'warning',
      ...sure(window, 0.9, 'level-alone'),
      subject: { kind: 'node' },
      refused: null,
      refusedPerSec: null,
      evidence: [
        {
          metric: 'fs.file-nr.allocated',
          measure: 'level',
          value: used,
          limit,
          source: 'kernel',
          subject: { kind: 'node' },
        },
      ],
      against: [],
      sinceMs: ceiling.highSinceMs ?? window.toMs,
      untilMs: null,
      causedBy: null,
      fixes: [{ id: 'raise-file-max', from: limit, to: limit * 2 }],
    },
  ];
}
