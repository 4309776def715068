/** How sure a diagnosis was of its first finding, and whether that was the cause that the test had made. */
export interface Prediction {
  readonly confidence: number;
  readonly right: boolean;
}

/** The words of reports for how sure a finding is, with the least confidence that each stands for. */
const BANDS = [
  ['certain', 0.99],
  ['almost certain', 0.9],
  ['likely', 0.7],
  ['possible', 0],
] as const;

/** Predicted confidence against how often it was right, a line for each word that was used. */
export function reliabilityLines(predictions: readonly Prediction[]): string[] {
  const lines = BANDS.flatMap(([word, least], index) => {
    const below = BANDS[index - 1]?.[1] ?? Infinity;
    const of = predictions.filter(({ confidence }) => confidence >= least && confidence < below);
    if (of.length === 0) return [];
    const mean = of.reduce((sum, { confidence }) => sum + confidence, 0) / of.length;
    const right = of.filter((prediction) => prediction.right).length;
    return [
      `${word.padEnd(16)}${percent(mean).padStart(10)}${`${right} of ${of.length} (${percent(right / of.length)})`.padStart(20)}`,
    ];
  });
  return lines.length === 0
    ? []
    : [`${'sure'.padEnd(16)}${'predicted'.padStart(10)}${'right'.padStart(20)}`, ...lines];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
