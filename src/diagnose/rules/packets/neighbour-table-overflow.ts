import { NODE_WIDE } from '../../../records/index.js';
import { limitDuring, seriesOf } from '../../../model/index.js';
import type { Window } from '../../../model/index.js';
import type { Finding, Fix, Severity } from '../../finding.js';
import { findingFromCounter } from '../../evidence/counter-finding.js';
import { paceOf } from '../../evidence/pace.js';
import { defaultOf } from '../../fixes/raise.js';

const TABLES = [
  { table: 'arp_cache', family: 'ipv4' },
  { table: 'ndisc_cache', family: 'ipv6' },
] as const;
/** The sysctl is an int. */
const HIGHEST = 2 ** 31 - 1;

/**
 * The node has no room for another neighbour (gc_thresh3, kernel.md section 7): packets to a new address on the
 * same link, answers to its SYN among them, are dropped before they are sent.
 */
export function neighbourTableOverflow(window: Window): Finding[] {
  return TABLES.flatMap(({ table, family }) => {
    const finding = findingFromCounter(
      window,
      NODE_WIDE,
      `${table}.table_fulls`,
      { code: 'neighbour-table-overflow', severity: severityOf(window, table, family), refuses: true },
      [],
    );
    if (finding === null) return [];
    const ceiling = window.ceilings.find((ceiling) => ceiling.id === `neighbours-${family}`);
    const limit = ceiling?.limit ?? null;
    const hit = limit === null ? null : limitWhenFull(window, family, limit, finding);
    const fixes: Fix[] =
      limit === null || limit > HIGHEST / 4 || hit === null || (finding.untilMs !== null && limit > hit)
        ? []
        : [
            {
              id: 'raise-gc-thresh',
              family,
              from: limit,
              to: Math.max(limit * 4, ...defaultOf(window, `net.${family}.neigh.default.gc_thresh3`)),
            },
          ];
    return [
      {
        ...finding,
        evidence: [
          ...finding.evidence,
          {
            metric: `${table}.entries`,
            measure: 'level',
            value: ceiling?.peak?.used ?? ceiling?.used ?? null,
            limit: hit,
            source: 'kernel',
            subject: finding.subject,
          } as const,
        ],
        fixes,
      },
    ];
  });
}

/** A scan of a large network fills the table for a moment. */
function severityOf(
  window: Window,
  table: (typeof TABLES)[number]['table'],
  family: (typeof TABLES)[number]['family'],
): Severity {
  const ceiling = window.ceilings.find((ceiling) => ceiling.id === `neighbours-${family}`);
  const isFull = ceiling?.share != null && ceiling.share >= 1;
  const isRare = paceOf(window, seriesOf(window, NODE_WIDE, `${table}.table_fulls`)) === 'rare';
  return isRare && !isFull ? 'warning' : 'critical';
}

/** The limit that was in force when the table was full. */
function limitWhenFull(
  window: Window,
  family: 'ipv4' | 'ipv6',
  now: number,
  { sinceMs, untilMs }: Finding,
): number {
  const of = { netns: NODE_WIDE, name: `net.${family}.neigh.default.gc_thresh3` } as const;
  return limitDuring(window.limitChanges, of, now, { fromMs: sinceMs, toMs: untilMs ?? window.toMs });
}
