/** One way to hurt ctdiag, round by round. */
export interface Torture {
  readonly name: string;
  /** One round, the same for the same seed; what was wrong, `null` when nothing was. */
  round(seed: number): Promise<string | null>;
}
