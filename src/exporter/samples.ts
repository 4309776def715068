import { FINDING_CODES } from '../diagnose/index.js';
import type { Diagnosis, Finding } from '../diagnose/index.js';
import { CEILING_IDS, nearestFirst } from '../model/index.js';
import type { CeilingStats, Window } from '../model/index.js';
import { UNREAD_KINDS } from '../records/index.js';
import type { CoverageRecord } from '../records/index.js';
import type { FamilyName } from './families.js';
import { nearestSubjects } from './nearest.js';
import type { RefusedTotal } from './refusals.js';
import { createSubjectNames } from './subjects.js';
import type { SubjectNames } from './subjects.js';

/** One series and its value. */
export interface Sample {
  readonly name: FamilyName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What is known of the host at one moment. */
export interface HostSnapshot {
  readonly version: string;
  /** `null` before the first frame. */
  readonly window: Window | null;
  readonly diagnosis: Diagnosis | null;
  readonly refused: readonly RefusedTotal[];
  /** Records that the ring did not take; `null` without a ring. */
  readonly ringDropped: number | null;
}

const STATUSES = ['ok', 'warning', 'critical', 'unknown'] as const;
const PROBE_STATES = ['attached', 'pending', 'missing', 'failed'] as const;
/** A finding stays for as long as a verdict looks back, so that a scrape each minute misses none. */
const FINDING_MS = 60_000;

/** The series of a host, all of them: what is not among them is unknown or gone. */
export function samplesOf(snapshot: HostSnapshot): Sample[] {
  const { version, window, diagnosis, refused, ringDropped } = snapshot;
  const build: Sample = { name: 'ctdiag_build_info', labels: { version }, value: 1 };
  if (window === null || diagnosis === null) return [build];
  const names = createSubjectNames(window.last, window.header);
  return [
    build,
    { name: 'ctdiag_last_sample_timestamp_seconds', labels: {}, value: window.last.atMs / 1000 },
    ...STATUSES.map((status): Sample => ({
      name: 'ctdiag_verdict',
      labels: { status },
      value: Number(status === diagnosis.status),
    })),
    ...findingSamples(diagnosis.findings, window, names),
    ...CEILING_IDS.flatMap((id) =>
      ceilingSamples(
        window.ceilings.filter((ceiling) => ceiling.id === id),
        names,
      ),
    ),
    ...refused.map(({ refusal: { cause, source }, total }): Sample => ({
      name: 'ctdiag_refused_total',
      labels: { cause, source },
      value: total,
    })),
    ...coverageSamples(window.last.coverage, ringDropped),
    ...blindSpotSamples(diagnosis),
  ];
}

function findingSamples(findings: readonly Finding[], window: Window, names: SubjectNames): Sample[] {
  const recent = findings.filter(({ untilMs }) => untilMs === null || window.toMs - untilMs <= FINDING_MS);
  return FINDING_CODES.flatMap((code) =>
    nearestSubjects(
      recent.filter((finding) => finding.code === code),
      names.ofFinding,
    ).flatMap(({ item, labels }): Sample[] => {
      const all = { code, severity: item.severity, ...labels, caused_by: item.causedBy ?? '' };
      return [
        { name: 'ctdiag_finding', labels: all, value: 1 },
        { name: 'ctdiag_finding_confidence', labels: all, value: item.confidence },
      ];
    }),
  );
}

function ceilingSamples(ceilings: readonly CeilingStats[], names: SubjectNames): Sample[] {
  return nearestSubjects(nearestFirst(ceilings), names.ofCeiling).flatMap(({ item, labels: subject }) => {
    const labels = { ceiling: item.id, ...subject };
    const { used, limit, fullInSec } = item;
    return [
      ...known('ctdiag_ceiling_used', labels, used),
      // The kernel takes 0 for no limit.
      ...known('ctdiag_ceiling_limit', labels, limit === 0 ? null : limit),
      ...known('ctdiag_ceiling_full_seconds', labels, fullInSec),
    ];
  });
}

function coverageSamples(coverage: CoverageRecord | null, ringDropped: number | null): Sample[] {
  return [
    ...PROBE_STATES.flatMap((state) =>
      known(
        'ctdiag_probes',
        { state },
        coverage === null ? null : coverage.hooks.filter((hook) => hook.state === state).length,
      ),
    ),
    ...known('ctdiag_records_lost_total', { where: 'bpftrace' }, coverage?.lostEvents ?? null),
    ...known('ctdiag_records_lost_total', { where: 'parser' }, coverage?.badLines ?? null),
    ...known('ctdiag_records_lost_total', { where: 'ring' }, ringDropped),
  ];
}

function blindSpotSamples({ coverage: { blindSpots } }: Diagnosis): Sample[] {
  return [...UNREAD_KINDS, 'source' as const].map((kind) => ({
    name: 'ctdiag_blind_spots',
    labels: { kind },
    value: blindSpots
      .filter((spot) => spot.kind === kind)
      // How many is not always known; at least one is.
      .reduce((sum, { count }) => sum + (count ?? 1), 0),
  }));
}

function known(name: FamilyName, labels: Sample['labels'], value: number | null): Sample[] {
  return value === null ? [] : [{ name, labels, value }];
}
