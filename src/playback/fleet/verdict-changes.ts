import type { ElapsedMs } from '../../records/index.js';
import type { HostChange } from '../screen-state.js';
import type { Track } from './track.js';

/** A track with the name its host is shown under. */
export interface NamedTrack {
  readonly name: string;
  readonly track: Track;
}

/** Merges the changes of all verdicts, oldest first; merged anew only when there are new ones. */
export function createChangeMerger(named: readonly NamedTrack[]): () => readonly HostChange[] {
  let mergedKey = '';
  let merged: readonly HostChange[] = [];
  return () => {
    const key = named
      .map(({ track: { session } }) => session.verdicts)
      .map((verdicts) => `${verdicts.length} ${verdicts.at(-1)?.elapsedMs ?? ''}`)
      .join();
    if (key !== mergedKey) {
      mergedKey = key;
      merged = named
        .flatMap(({ name, track: { recording, session, offsetMs } }) => {
          const { startedAtMs } = session.header;
          const aheadMs = (recording.beganAtMs ?? startedAtMs) - startedAtMs;
          return session.verdicts.map((verdict) => ({
            ...verdict,
            host: name,
            atMs: verdict.atMs + aheadMs,
            elapsedMs: verdict.elapsedMs + offsetMs,
          }));
        })
        .sort((a, b) => a.elapsedMs - b.elapsedMs);
    }
    return merged;
  };
}

/**
 * The next change of a verdict, or the last before. The first verdict of all changes nothing, unless something was
 * wrong already.
 */
export function findChange(
  tracks: readonly Track[],
  { fromMs, toMs }: { readonly fromMs: ElapsedMs; readonly toMs: ElapsedMs },
  atMs: ElapsedMs,
  direction: 1 | -1,
): ElapsedMs | null {
  const times = tracks
    .flatMap(({ session, offsetMs }) =>
      session.verdicts.map(({ elapsedMs, status }) => ({ timeMs: offsetMs + elapsedMs, status })),
    )
    .filter(({ timeMs, status }) => timeMs > fromMs || status === 'critical' || status === 'warning')
    .map(({ timeMs }) => timeMs)
    .sort((a, b) => a - b);
  const found =
    direction === 1
      ? times.find((timeMs) => timeMs > atMs && timeMs <= toMs)
      : times.findLast((timeMs) => timeMs < atMs);
  return found ?? null;
}
