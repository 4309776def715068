/** A metric that the exporter shows, under its name in Prometheus. */
export interface Family {
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly labels: readonly string[];
}

const CEILING_LABELS = ['ceiling', 'subject', 'netns'] as const;
const FINDING_LABELS = ['code', 'severity', 'subject', 'netns', 'caused_by'] as const;

/** Every metric of the exporter; docs/fleet.md is made from this table. */
export const FAMILIES = {
  ctdiag_build_info: {
    type: 'gauge',
    help: 'Always 1; the version of ctdiag is in its label.',
    labels: ['version'],
  },
  ctdiag_last_sample_timestamp_seconds: {
    type: 'gauge',
    help: 'When the host was last sampled, in seconds since 1970; time() minus this is the age of all figures.',
    labels: [],
  },
  ctdiag_verdict: {
    type: 'gauge',
    help: '1 for the verdict on the last minute, 0 for the other three: ok, warning, critical, unknown.',
    labels: ['status'],
  },
  ctdiag_finding: {
    type: 'gauge',
    help: '1 for each cause found in the last minute; caused_by names the finding that it follows from.',
    labels: FINDING_LABELS,
  },
  ctdiag_finding_confidence: {
    type: 'gauge',
    help: 'How sure the finding is, from 0 to 1.',
    labels: FINDING_LABELS,
  },
  ctdiag_ceiling_used: {
    type: 'gauge',
    help: 'What is used of a limit now.',
    labels: CEILING_LABELS,
  },
  ctdiag_ceiling_limit: {
    type: 'gauge',
    help: 'The limit; absent where there is none.',
    labels: CEILING_LABELS,
  },
  ctdiag_ceiling_full_seconds: {
    type: 'gauge',
    help: 'Time until the limit is reached at the growth of the last ten seconds; 0 when reached, absent when not within an hour.',
    labels: CEILING_LABELS,
  },
  ctdiag_refused_total: {
    type: 'counter',
    help: 'Refused in all network namespaces since the exporter started; two sources of one cause count the same events.',
    labels: ['cause', 'source'],
  },
  ctdiag_probes: {
    type: 'gauge',
    help: 'bpftrace probes by state: attached, pending, missing, failed; all 0 with the counters alone.',
    labels: ['state'],
  },
  ctdiag_records_lost_total: {
    type: 'counter',
    help: 'Lost on the way: events by bpftrace, lines that could not be understood, records that the ring did not take.',
    labels: ['where'],
  },
  ctdiag_blind_spots: {
    type: 'gauge',
    help: 'What could not be read and may hide a refusal, by kind.',
    labels: ['kind'],
  },
} as const satisfies Readonly<Record<string, Family>>;

export type FamilyName = keyof typeof FAMILIES;

/** In the order in which they are shown. */
export const FAMILY_NAMES = Object.keys(FAMILIES) as FamilyName[];
