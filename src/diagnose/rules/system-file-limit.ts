import type { Window } from '../../model/index.js';
import type { Finding } from '../finding.js';
import { nearShare } from '../thresholds.js';
import type { Thresholds } from '../thresholds.js';
import { sure } from './confidence.js';
import { endedAt } from './since.js';

/**
 * The node has no file handle left (fs.file-nr against fs.file-max): accept(2) and open(2) fail with ENFILE in
 * every process but root's, which may go beyond.
 */
export function systemFileLimit(window: Window, thresholds: Thresholds): Finding[] {
  const ceiling = window.ceilings.find((one) => one.id === 'file-handles');
  if (ceiling === undefined) return [];
  const { full, peak, share, limit } = ceiling;
  if (full === null && (share ?? 0) < nearShare(thresholds, 'file-handles')) return [];
  const shown = full === null ? ceiling : (peak ?? ceiling);
  const untilMs = full === null ? null : endedAt(window, full);
  return [
    {
      code: 'system-file-limit',
      severity: full === null ? 'warning' : 'critical',
      ...sure(window, 0.9, 'level-alone'),
      subject: { kind: 'node' },
      refused: null,
      refusedPerSec: null,
      evidence: [
        {
          metric: 'fs.file-nr.allocated',
          measure: 'level',
          value: shown.used,
          limit: shown.limit,
          source: 'kernel',
          subject: { kind: 'node' },
        },
      ],
      against: [],
      sinceMs: full?.fromMs ?? ceiling.highSinceMs ?? window.toMs,
      untilMs,
      causedBy: null,
      fixes: limit === null || untilMs !== null ? [] : [{ id: 'raise-file-max', from: limit, to: limit * 2 }],
    },
  ];
}
