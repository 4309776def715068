import { createCompactor, openCaptureWriter } from '../../capture/index.js';
import type { CaptureWriter } from '../../capture/index.js';
import type { MarkRecord, StreamHeader, StreamRecord } from '../../records/index.js';
import { describeError } from '../../errno.js';
import { safeText } from '../../render/safe-text.js';
import type { Recorder } from '../../playback/player.js';
import { fileName } from '../file-names.js';
import { recordingWords } from '../stream/recording-summary.js';

/** Records what the live screen shows, from and to when a person wants. */
export interface LiveRecorder extends Recorder {
  /** Takes every record, recorded or not: what stands when a recording starts belongs into it. */
  take(record: StreamRecord): void;
  /** Ends what is being recorded; says of every recording what is in it. */
  close(): Promise<readonly string[]>;
}

/**
 * `path` is recorded to from the start, `null` for not yet. `onFailure` is told what could not be written, `onMark` of
 * a note, which is a record as any other and comes back by `take`.
 */
export function createLiveRecorder(
  header: StreamHeader,
  path: string | null,
  force: boolean,
  onFailure: (error: Error) => void,
  onMark: (mark: MarkRecord) => void,
): LiveRecorder {
  const standing = createCompactor();
  let elapsedMs = 0;
  let current: { path: string; writer: CaptureWriter } | null = null;
  let closing: Promise<void> = Promise.resolve();
  const summaries: string[] = [];

  const failed = (error: unknown): void => {
    current = null;
    onFailure(error instanceof Error ? error : new Error(String(error)));
  };
  function start(to: string, replace: boolean): void {
    const writer = openCaptureWriter(to, header, replace);
    writer.failed.catch(failed);
    for (const record of standing.restart(elapsedMs)) writer.write(record);
    current = { path: to, writer };
  }
  function stop(reason: string): void {
    if (current === null) return;
    const { path: was, writer } = current;
    writer.write({ type: 'end', elapsedMs, reason });
    current = null;
    closing = closing
      .then(() => writer.close())
      .then(() => void summaries.push(recordingWords(safeText(was), writer)))
      .catch(failed);
  }

  if (path !== null) start(path, force);
  return {
    get path() {
      return current?.path ?? null;
    },
    take(record) {
      elapsedMs = record.elapsedMs;
      standing.compact(record);
      current?.writer.write(record);
    },
    toggle() {
      if (current !== null) {
        const was = current.path;
        stop('stopped by a key');
        return { kind: 'recording-stopped', path: was };
      }
      const to = fileName(header.host, header.startedAtMs + elapsedMs, 'ctd.gz');
      try {
        start(to, false);
        return { kind: 'recording-started', path: to };
      } catch (error) {
        return { kind: 'recording-failed', message: describeError(error) };
      }
    },
    mark(note) {
      onMark({ type: 'mark', elapsedMs, note });
      return { kind: 'marked', note, recorded: current !== null };
    },
    async close() {
      const last = current;
      current = null;
      await closing;
      await last?.writer.close();
      return last === null ? summaries : [...summaries, recordingWords(safeText(last.path), last.writer)];
    },
  };
}
