import { createSession } from '../playback/session.js';
import { verdictTitles } from '../playback/verdicts.js';
import type { Moment } from '../playback/session.js';
import { asUserError, SIGNAL_EXITS } from '../exit.js';
import { ceilingTitle, formatClock, formatShare, safeText } from '../render/index.js';
import type { Diagnosis } from '../diagnose/index.js';
import { ceilingsOf, nearestFirst } from '../model/index.js';
import type { Frame } from '../model/index.js';
import type { StreamHeader, StreamRecord } from '../records/index.js';
import { createLiveRecorder } from './screen/live-recorder.js';
import { watchHost } from './stream/live-host.js';
import { runLive } from './stream/run-live.js';
import type { TopOptions } from './top.js';

export type PlainTopOptions = Omit<TopOptions, 'color' | 'ascii' | 'theme' | 'keys' | 'filter'>;

/** Prints a line per frame, at most one per second, until a signal: for logs, pipes and screen readers. Returns the exit code. */
export async function plainTop(options: PlainTopOptions): Promise<number> {
  let take: (record: StreamRecord) => void = () => undefined;
  const live = watchHost({ ...options, onRecord: (record) => take(record) });
  try {
    let reject: (error: Error) => void = () => undefined;
    const recordingFailed = new Promise<never>((_resolve, rejectIt) => (reject = rejectIt));
    const recorder = createLiveRecorder(
      live.header,
      options.recordTo,
      options.force,
      (error) => reject(error),
      () => undefined,
    );
    const session = createSession(live.header, false, options.thresholds);
    const lines = createPlainLines();
    take = (record) => {
      recorder.take(record);
      if (!session.take(record)) return;
      const line = lines.lineOf(session.at(session.length - 1));
      if (line !== null) process.stdout.write(`${line}\n`);
    };
    const end = await runLive(live, {
      source: options.source,
      durationMs: null,
      fromReady: false,
      until: [recordingFailed],
    });
    for (const summary of await recorder.close()) process.stderr.write(`ctdiag: ${summary}\n`);
    return end === 'time' ? 0 : SIGNAL_EXITS[end];
  } catch (error) {
    live.kill();
    throw asUserError(error);
  }
}

/** The lines of the moments of a host. */
export interface PlainLines {
  /** `null` for a moment of a second that was told already. */
  lineOf(moment: Moment): string | null;
}

/** Starts before the first moment. */
export function createPlainLines(): PlainLines {
  let toldTime = '';
  return {
    lineOf({ frames, diagnosis, header }) {
      const frame = frames.at(-1);
      if (frame === undefined || diagnosis === null || header === null) return null;
      const time = formatClock(frame.atMs);
      if (time === toldTime) return null;
      toldTime = time;
      return plainLine(time, frame, diagnosis, header);
    },
  };
}

/** A moment on one line: when, how it stands, and what is wrong or nearest to it. */
function plainLine(time: string, frame: Frame, diagnosis: Diagnosis, header: StreamHeader): string {
  const [finding] = diagnosis.findings;
  if (finding !== undefined) {
    const more = diagnosis.findings.length - 1;
    const [title = ''] = verdictTitles(diagnosis, header);
    return `${time} ${diagnosis.status}: ${safeText(title, 300)}${more > 0 ? ` (and ${more} more)` : ''}`;
  }
  const [nearest] = nearestFirst(ceilingsOf(frame));
  const share = nearest?.share ?? null;
  const words =
    nearest === undefined || share === null
      ? ''
      : `; nearest: ${ceilingTitle(nearest, frame.netnsLabels, header.netns)} ${formatShare(share)}`;
  return `${time} ${diagnosis.status}${safeText(words, 300)}`;
}
