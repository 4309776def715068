import assert from 'node:assert/strict';
import { diagnosisOf } from './capture.js';
import type { PrintedDiagnosis } from './capture.js';
import type { Results } from './results.js';
import type { Prediction } from '../scenarios/reliability.js';

/** What `diagnose` must say of one limit that a guest script made the kernel hit. */
export interface Verdict {
  /** The NAME given to the guest's `diagnose`: its diagnosis is in NAME.json. */
  readonly diagnosis: string;
  /** The code that must come first; `null` when nothing must be found. */
  readonly code: string | null;
  /** `critical` unless said otherwise; of no meaning where nothing must be found. */
  readonly severity?: 'critical' | 'warning';
  /** How sure it must be at least. */
  readonly confidence?: number;
  /** Codes that must follow, with what each follows from; none unless said otherwise. */
  readonly others?: readonly (readonly [code: string, causedBy: string | null])[];
  /** Consequences that may be there as well, by how fast the machine is. */
  readonly mayFollow?: readonly (readonly [code: string, causedBy: string])[];
  /**
   * What the kernel itself says of it, read by tools that are not ours, in a few words for the table. Fails where
   * the kernel did not hit the limit, or counted otherwise than the finding.
   */
  readonly kernel: (results: Results, first: PrintedDiagnosis['findings'][number] | undefined) => string;
}

/** A line of the table: what was expected, what was found, what the kernel said. */
export interface VerdictRow {
  readonly scenario: string;
  readonly expected: string;
  readonly found: string;
  /** `null` where nothing was found. */
  readonly confidence: number | null;
  readonly kernel: string;
}

const NOTHING = 'none';

/** Why a verdict does not hold; nothing when it does. */
export function failuresOf(verdict: Verdict, results: Results): string[] {
  try {
    const { findings, status } = diagnosisOf(results, verdict.diagnosis);
    const may = (verdict.mayFollow ?? []).map(String);
    assert.deepEqual(
      findings
        .map((finding) => [finding.code, finding.causedBy])
        .filter((item) => !may.includes(String(item))),
      verdict.code === null ? [] : [[verdict.code, null], ...(verdict.others ?? [])],
    );
    assert.equal(status, verdict.code === null ? 'ok' : (verdict.severity ?? 'critical'));
    const confidence = findings[0]?.confidence ?? 1;
    assert.ok(confidence >= (verdict.confidence ?? 0), `confidence ${confidence}`);
    verdict.kernel(results, findings[0]);
    return [];
  } catch (error) {
    return [
      `not so: the verdict of ${verdict.diagnosis}\n${error instanceof Error ? error.message : String(error)}`,
    ];
  }
}

/** The line of the table, whether the verdict holds or not. */
export function rowOf(scenario: string, verdict: Verdict, results: Results): VerdictRow {
  let first: PrintedDiagnosis['findings'][number] | undefined;
  let found = 'no diagnosis';
  try {
    first = diagnosisOf(results, verdict.diagnosis).findings[0];
    found = first?.code ?? NOTHING;
  } catch {
    // The guest did not get so far: the row says so.
  }
  return {
    scenario: `${scenario}: ${verdict.diagnosis}`,
    expected: verdict.code ?? NOTHING,
    found,
    confidence: first?.confidence ?? null,
    kernel: kernelWords(verdict, results, first),
  };
}

function kernelWords(
  verdict: Verdict,
  results: Results,
  first: PrintedDiagnosis['findings'][number] | undefined,
): string {
  try {
    return verdict.kernel(results, first);
  } catch (error) {
    return `denies it: ${(error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''}`;
  }
}

/** How sure the first finding of each row was, and whether it was the cause that was made. */
export function predictionsOf(rows: readonly VerdictRow[]): Prediction[] {
  return rows.flatMap(({ confidence, expected, found }) =>
    confidence === null ? [] : [{ confidence, right: found === expected }],
  );
}

/** The rows under their titles, in columns. */
export function tableOf(rows: readonly VerdictRow[]): string {
  const titles = {
    scenario: 'scenario',
    expected: 'expected',
    found: 'findings[0]',
    confidence: 'sure',
    kernel: 'kernel evidence',
  };
  const columns = ['scenario', 'expected', 'found', 'confidence', 'kernel'] as const;
  const all = [
    titles,
    ...rows.map((row) => ({
      ...row,
      confidence: row.confidence === null ? '' : `${Math.round(row.confidence * 100)} %`,
    })),
  ];
  const widths = columns.map((column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) =>
      columns
        .map((column, index) => row[column].padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
