import { execaSync } from 'execa';
import { join } from 'node:path';
import type { Results } from './results.js';

/** What `ctdiag diagnose --format json` printed, as far as checks read it. */
export interface PrintedDiagnosis {
  readonly status: string;
  readonly findings: readonly {
    readonly code: string;
    readonly severity: string;
    readonly confidence: number;
    readonly title: string;
    readonly refused: number;
    readonly causedBy: string | null;
    readonly since: string;
    readonly until: string | null;
    readonly fixes: readonly { readonly command: string | null; readonly effect: string }[];
    readonly subject: {
      readonly kind: string;
      readonly address?: string;
      readonly port?: number;
      readonly backlog?: number;
      readonly owner?: { readonly pid: number; readonly comm: string };
    };
    readonly evidence: readonly {
      readonly metric: string;
      readonly value: number | null;
      readonly limit: number | null;
    }[];
  }[];
  readonly window: { readonly seconds: number };
  readonly flows: {
    readonly refused: readonly {
      readonly source: string;
      readonly destination: string;
      readonly port: number;
      readonly protocol: string;
      readonly count: number;
    }[];
  } | null;
  readonly coverage: {
    readonly probes: string;
    readonly reason: string | null;
    readonly unreadable: readonly { readonly what: string; readonly why: string }[];
    readonly hooks: readonly {
      readonly hook: string;
      readonly state: string;
      readonly reason: string | null;
    }[];
    readonly lostEvents: number;
    readonly badLines: number;
    readonly gaps: readonly { readonly source: string; readonly reason: string }[];
  };
}

/** What the guest function `diagnose NAME` left; its exit code is in NAME-exit. */
export function diagnosisOf(results: Results, name: string): PrintedDiagnosis {
  return results.json(`${name}.json`) as PrintedDiagnosis;
}

/**
 * The last cumulative value of a metric in a capture, read with zcat and jq: by a reader that is not ours.
 * With several namespaces that report it, their sum, or that of one alone.
 */
export function lastInCapture(results: Results, file: string, metric: string, netns?: number): number {
  const where = netns === undefined ? '' : `and .netns == ${netns}`;
  const query = `[inputs | select(.type == "sample" and .values["${metric}"] != null ${where})]
    | group_by(.netns) | map(.[-1].values["${metric}"]) | add`;
  return Number(queried(results, file, query));
}

/** The last record of a type in a capture, as jq reads it; `null` when there is none. */
export function lastRecord(results: Results, file: string, type: string): unknown {
  return JSON.parse(queried(results, file, `[inputs | select(.type == "${type}")] | last`));
}

/** The most overflows that a capture tells of the listener at a port. */
export function overflowsAt(results: Results, file: string, port: number): number {
  const query = `[inputs | select(.type == "listeners") | .listeners[] | select(.port == ${port}) | .overflows] | max`;
  return Number(queried(results, file, query));
}

function queried(results: Results, file: string, query: string): string {
  const path = join(results.directory, file);
  return execaSync('sh', ['-c', 'zcat "$1" | jq -n "$2"', 'sh', path, query]).stdout;
}

/**
 * What a diagnosis says was lost on the way. That bpftrace was silent for some seconds is no loss: an emulated
 * processor that other work holds up prints late, and its totals go on counting, as the other checks prove.
 */
export function lossesOf({ coverage }: PrintedDiagnosis): unknown {
  const { lostEvents, badLines, gaps } = coverage;
  return { lostEvents, badLines, gaps: gaps.filter((gap) => !gap.reason.includes('starved of CPU')) };
}

export const NO_LOSS = { lostEvents: 0, badLines: 0, gaps: [] };
