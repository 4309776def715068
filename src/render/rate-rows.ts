import type { MetricName } from '../records/index.js';

/** A figure that a row of rates can be made of, and what it is called there. */
export interface RateChoice {
  readonly title: string;
  readonly metric: MetricName;
}

/** One row of rates. */
export interface RateRow {
  /** The first that is known is shown; none known: the first, as unknown. */
  readonly choices: readonly [RateChoice, ...RateChoice[]];
  /** Anything above 0 means that connections are lost. */
  readonly harmful?: true;
}

/** The rates worth showing, most telling first; the first four must tell the story of a stall on their own. */
export const RATE_ROWS: readonly RateRow[] = [
  {
    choices: [
      { title: 'new flows', metric: 'probe.insert' },
      // Without probes no counter of the kernel counts insertions: the change of the count is what is left.
      { title: 'entries change', metric: 'net.netfilter.nf_conntrack_count' },
    ],
  },
  {
    choices: [
      { title: 'table refused', metric: 'probe.table_full' },
      { title: 'table refused', metric: 'nf_conntrack.drop' },
    ],
    harmful: true,
  },
  {
    choices: [
      { title: 'closed', metric: 'probe.destroy' },
      { title: 'TCP accepted', metric: 'Tcp.PassiveOpens' },
    ],
  },
  { choices: [{ title: 'listen overflow', metric: 'TcpExt.ListenOverflows' }], harmful: true },
  { choices: [{ title: 'TCP accepted', metric: 'Tcp.PassiveOpens' }] },
  {
    choices: [
      { title: 'insert failed', metric: 'probe.insert_failed' },
      { title: 'insert failed', metric: 'nf_conntrack.insert_failed' },
    ],
    harmful: true,
  },
  {
    choices: [
      { title: 'early drop', metric: 'probe.early_drop' },
      { title: 'early drop', metric: 'nf_conntrack.early_drop' },
    ],
    harmful: true,
  },
  { choices: [{ title: 'SYNs received', metric: 'probe.syn' }] },
  { choices: [{ title: 'TCP opened', metric: 'Tcp.ActiveOpens' }] },
  { choices: [{ title: 'retransmitted', metric: 'Tcp.RetransSegs' }] },
];
