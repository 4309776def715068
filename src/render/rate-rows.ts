import type { MetricName } from '../records/index.js';

/** A figure that a row of rates can be made of, and what it is called there. */
export interface RateChoice {
  readonly title: string;
  readonly metric: MetricName;
}

/** One row of rates. */
export interface RateRow {
  /** The first known metric is shown; if none is known, the first as unknown. */
  readonly choices: readonly [RateChoice, ...RateChoice[]];
  /** Anything above 0 means that connections are lost. */
  readonly harmful?: true;
}

/** The rates worth showing, most important first; the first four must explain a stall on their own. */
export const RATE_ROWS: readonly RateRow[] = [
  {
    choices: [
      { title: 'new flows', metric: 'probe.insert' },
      // Without probes no counter of the kernel counts insertions: the change of the count is what is left.
      { title: 'conntrack net change', metric: 'net.netfilter.nf_conntrack_count' },
    ],
  },
  {
    choices: [
      { title: 'conntrack drops (full)', metric: 'probe.table_full' },
      { title: 'conntrack drops (full)', metric: 'nf_conntrack.drop' },
    ],
    harmful: true,
  },
  {
    choices: [
      { title: 'entries freed', metric: 'probe.destroy' },
      { title: 'TCP accepted', metric: 'Tcp.PassiveOpens' },
    ],
  },
  { choices: [{ title: 'listen overflows', metric: 'TcpExt.ListenOverflows' }], harmful: true },
  { choices: [{ title: 'TCP accepted', metric: 'Tcp.PassiveOpens' }] },
  {
    choices: [
      { title: 'inserts failed', metric: 'probe.insert_failed' },
      { title: 'inserts failed', metric: 'nf_conntrack.insert_failed' },
    ],
    harmful: true,
  },
  {
    choices: [
      { title: 'early drops', metric: 'probe.early_drop' },
      { title: 'early drops', metric: 'nf_conntrack.early_drop' },
    ],
    harmful: true,
  },
  { choices: [{ title: 'SYNs received', metric: 'probe.syn' }] },
  { choices: [{ title: 'TCP opened', metric: 'Tcp.ActiveOpens' }] },
  { choices: [{ title: 'segments resent', metric: 'Tcp.RetransSegs' }] },
];
