import { metricKind } from '../records/index.js';
import type { ElapsedMs, MetricName, Netns } from '../records/index.js';
import type { ReadingKey } from './reading.js';
import type { Span, WindowPart } from './tracks.js';

/** A sysctl that limits something was changed while ctdiag watched. */
export interface LimitChange {
  readonly name: MetricName;
  readonly netns: Netns;
  readonly from: number;
  readonly to: number;
  /** The first frame with the new value. */
  readonly atMs: ElapsedMs;
}

/** A limit that is set again and again needs no more than this to be noticed. */
const MOST = 50;
/** The limits that a person or a program sets; the others follow from them. */
const SYSCTL = /^(?:net|fs|kernel|vm)\./;

/** Which limits were changed over a window, in the order of time; the last {@link MOST}. */
export function createLimitChanges(
  known = new Map<ReadingKey, number>(),
  changes: LimitChange[] = [],
): WindowPart<readonly LimitChange[]> {
  return {
    add(frame, before) {
      frame.readings.forEachChange(before?.readings ?? null, ({ name, netns, value }, key) => {
        if (value === null || metricKind(name) !== 'limit' || !SYSCTL.test(name)) return;
        const from = known.get(key);
        if (from === value) return;
        known.set(key, value);
        if (from === undefined) return;
        changes.push({ name, netns, from, to: value, atMs: frame.elapsedMs });
        if (changes.length > MOST) changes.shift();
      });
    },
    build: () => [...changes],
    clone: () => createLimitChanges(new Map(known), [...changes]),
  };
}

/**
 * The lowest value that a limit had between the frame before a span and its end, `now` being what it is at the end of
 * the window: what was hit may have been raised since, and lowered only just before.
 */
export function limitDuring(
  changes: readonly LimitChange[],
  of: Pick<LimitChange, 'netns' | 'name'>,
  now: number,
  span: Span,
): number {
  const its = changes.filter((change) => change.netns === of.netns && change.name === of.name);
  const before = its.filter((it) => it.atMs < span.fromMs).at(-1)?.to;
  const after = its.find((it) => it.atMs >= span.fromMs)?.from;
  const inside = its.filter((it) => it.atMs >= span.fromMs && it.atMs <= span.toMs).map((it) => it.to);
  return Math.min(before ?? after ?? now, ...inside);
}
