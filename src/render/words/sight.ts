import type { BlindSpot, Coverage, Diagnosis } from '../../diagnose/index.js';
import type { Window } from '../../model/index.js';
import type { UnwatchedPath, UnwatchedPathId } from '../../records/index.js';
import { formatClock, formatCount } from '../numbers.js';
import { safeText } from '../safe-text.js';

const NAMES_SHOWN = 3;

const KINDS: Readonly<Record<BlindSpot['kind'], readonly [single: string, plural: string]>> = {
  namespaces: ['network namespace', 'network namespaces'],
  processes: ['process', 'processes'],
  listeners: ["namespace's listening sockets", "namespaces' listening sockets"],
  counters: ['counter', 'counters'],
  source: ['source', 'sources'],
  lines: ['line of the capture', 'lines of the capture'],
};

const PATHS: Readonly<Record<UnwatchedPathId, string>> = {
  xdp: 'XDP programs',
  'tc-bpf': 'tc programs',
  cilium: "Cilium's own maps",
  'calico-ebpf': "Calico's own maps",
  ipvs: 'IPVS',
  'open-vswitch': 'Open vSwitch',
  nfqueue: 'NFQUEUE',
  synproxy: 'SYNPROXY',
  'io-uring': 'accept by io_uring',
  'cloud-allowances': "the cloud's other allowances",
  'nic-rings': 'the rings of network cards',
};

/** `not read: 3 network namespaces (4026532291, netns router, …): EACCES`. */
export function blindSpotWords({ kind, count, names, why }: BlindSpot): string {
  const [single, plural] = KINDS[kind];
  const what = count === null ? plural : `${formatCount(count)} ${count === 1 ? single : plural}`;
  const shown = names.slice(0, NAMES_SHOWN).map((name) => safeText(name, 60));
  const more = (count ?? names.length) > shown.length && shown.length > 0 ? ', …' : '';
  const named = shown.length === 0 ? '' : ` (${shown.join(', ')}${more})`;
  return `${what}${named}: ${safeText(why, 100)}`;
}

/** `Open vSwitch (module openvswitch, 12 references)`. */
export function unwatchedWords({ id, seen }: UnwatchedPath): string {
  return `${PATHS[id]} (${safeText(seen, 80)})`;
}

/** The sentences of a coverage about what hides a refusal and what is not looked at. */
export function sightSentences({ blindSpots, unwatched }: Coverage): string[] {
  return [
    ...(blindSpots.length === 0
      ? []
      : [
          `Could not be read, so a refusal there would be missed: ${blindSpots.map(blindSpotWords).join('; ')}.`,
        ]),
    ...(unwatched.length === 0
      ? []
      : [`In use on this host and not watched by ctdiag: ${unwatched.map(unwatchedWords).join(', ')}.`]),
  ];
}

/** Whether root could have read what was not read. */
export function isForRoot(spots: readonly BlindSpot[]): boolean {
  return spots.some(({ why }) => /\broot\b|^E(?:ACCES|PERM)$/.test(why));
}

/** The verdict where nothing was found, without the end of a sentence; the status is what it may be called. */
export function noFindingWords(
  { status, measuring, coverage, inputHealth }: Diagnosis,
  window: Window,
): string {
  if (measuring) return 'measuring: two samples are needed before anything can be said';
  const [first, ...more] = coverage.blindSpots;
  if (first !== undefined) {
    const rest = more.length === 0 ? '' : `, and ${more.length} more`;
    const remedy = isForRoot(coverage.blindSpots) ? '; run ctdiag as root to see all of it' : '';
    return `nothing is wrong in what could be read, but could not read: ${blindSpotWords(first)}${rest}${remedy}`;
  }
  if (status === 'unknown') return 'nothing could be read here; ctdiag doctor says why';
  return inputHealth.cutOff
    ? `no limit stopped connections until the recording breaks off at ${formatClock(window.header.startedAtMs + window.toMs)}`
    : 'no limit stopped connections';
}
