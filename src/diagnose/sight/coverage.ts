import type { UnreadKind, UnwatchedPath } from '../../records/index.js';
import type { FindingCode } from '../finding.js';

/** Something that a rule needs and that could not be read: what it hides is not known, and not ruled out. */
export interface BlindSpot {
  /** What was not read; `source` is a source that went silent, `lines` are damaged lines of a capture. */
  readonly kind: UnreadKind | 'source' | 'lines';
  /** How many of them; `null` where that is not known. */
  readonly count: number | null;
  /** Some of them: a namespace's label or inode, a process as `nginx(812)`, a path, a metric, a source. */
  readonly names: readonly string[];
  /** Why, as the system said it or in a sentence. */
  readonly why: string;
  /** Findings that could be there unseen. */
  readonly hides: readonly FindingCode[];
}

/** How far a diagnosis could see. */
export interface Coverage {
  /** What keeps a diagnosis without findings from being an all-clear. */
  readonly blindSpots: readonly BlindSpot[];
  /** What this host uses and ctdiag does not look at: it lowers the confidence of the findings that it may explain. */
  readonly unwatched: readonly UnwatchedPath[];
}
