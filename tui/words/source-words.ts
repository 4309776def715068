import type { CoverageRecord } from '../../src/records/index.js';
import { cells } from '../draw/cells.js';
import type { ScreenState } from '../../src/playback/screen-state.js';

/** Where the figures come from and, without probes, why; longest form first. */
export function sourceCandidates(state: ScreenState): string[] {
  const coverage = state.frames.at(-1)?.coverage ?? null;
  return coverage === null ? ['source: starting'] : ofCoverage(coverage).map((text) => cells(text));
}

function ofCoverage(coverage: CoverageRecord): string[] {
  const reason = coverage.reason ?? 'no reason given';
  switch (coverage.probes) {
    case 'attached': {
      const attached = coverage.hooks.filter((hook) => hook.state === 'attached').length;
      const probes = `${attached}/${coverage.hooks.length} probes`;
      return [`bpftrace ${coverage.bpftraceVersion ?? '?'}, ${probes}`, `bpftrace, ${probes}`, probes];
    }
    case 'starting':
      return ['kernel counters; bpftrace is starting', 'counters; bpftrace starting'];
    case 'off':
      return [`kernel counters only: ${reason}`, `counters only: ${reason}`];
    case 'failed':
      return [`kernel counters only: bpftrace failed: ${reason}`, `bpftrace failed: ${reason}`];
  }
}

/** Events lost by bpftrace: with losses, the counts are too low. */
export function lossWords(coverage: CoverageRecord | null): string {
  if (coverage === null || coverage.probes === 'off') return '';
  const bad = coverage.badLines === 0 ? '' : `, ${coverage.badLines} bad lines`;
  return `lost ${coverage.lostEvents}${bad}`;
}
