import { openCaptureReader } from '../../capture/index.js';
import { asUserError, UserError } from '../../exit.js';
import { isFixed, spanIn } from './time-span.js';
import type { TimeSpan } from './time-span.js';

/** `span` as the same moments for all captures: what counts from an end counts from that of the last of them. */
export async function fixedSpan(paths: readonly string[], span: TimeSpan): Promise<TimeSpan> {
  if (isFixed(span)) return span;
  let endMs = 0;
  for (const path of paths) endMs = Math.max(endMs, await endOf(path));
  const { fromMs, toMs } = spanIn(span, endMs);
  const text = (atMs: number): string | null => (Number.isFinite(atMs) ? new Date(atMs).toISOString() : null);
  return { from: text(fromMs), to: text(toMs) };
}

/** Wall clock of the last frame of a capture; 0 when there is none. */
async function endOf(path: string): Promise<number> {
  let endMs = 0;
  try {
    // Of a ring its last shards say it.
    const reader = await openCaptureReader(path, { lastMs: 0 });
    for await (const { type, elapsedMs } of reader.records)
      if (type === 'tick') endMs = reader.header.startedAtMs + elapsedMs;
  } catch (error) {
    // Told when it is read for what it holds.
    if (!(asUserError(error) instanceof UserError)) throw error;
  }
  return endMs;
}
