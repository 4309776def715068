import type { StreamRecord } from '../records/index.js';
import type { Entries } from '../render/index.js';
import type { LiveStream, DetailMode, SourceChoice } from '../sources/live.js';
import type { ScreenState } from '../playback/screen-state.js';
import { asUserError } from '../exit.js';
import type { LiveRecorder } from './screen/live-recorder.js';
import { createFleet } from '../playback/fleet.js';
import { createPlayer } from '../playback/player.js';
import { withEntries } from './screen/entries-screen.js';
import { withScreen } from './screen/screen-host.js';
import type { LookOptions } from './screen/screen-host.js';
import { createSession } from '../playback/session.js';

export interface TopOptions extends LookOptions {
  readonly source: SourceChoice;
  readonly detail: DetailMode;
  readonly intervalMs: number;
  /** Where to record to as well; `null` for nowhere. */
  readonly recordTo: string | null;
  readonly force: boolean;
}

/** What is open while the screen is. */
interface Running {
  stream: LiveStream | null;
  recorder: LiveRecorder | null;
  writeError: Error | null;
}

const NOTHING_YET: ScreenState = {
  mode: 'live',
  frames: [],
  window: null,
  diagnosis: null,
  verdicts: [],
  header: null,
  frozen: false,
  speed: null,
  recording: null,
  notice: null,
};

/** Loaded when it is asked for. */
async function countEntriesLater(labels: ReadonlyMap<number, string>): Promise<Entries> {
  const { countEntries } = await import('./entries.js');
  return countEntries(labels);
}

/** The live screen. Returns the exit code. */
export async function top(options: TopOptions): Promise<number> {
  const running: Running = { stream: null, recorder: null, writeError: null };
  try {
    const end = await withScreen(options, 'ctdiag diagnose', async (plain, onCommand, fail) => {
      const screen = withEntries(plain, countEntriesLater);
      // The screen stands before the sources are loaded, which takes twice as long as Node itself.
      screen.update(NOTHING_YET);
      const { requireProbes, watchHost } = await import('./stream/live-host.js');
      const { createLiveRecorder } = await import('./screen/live-recorder.js');
      let take: (record: StreamRecord) => void = () => undefined;
      // The first records come only after this function has returned to the event loop.
      const stream = watchHost({ ...options, onRecord: (record) => take(record) });
      running.stream = stream;
      const recorder = createLiveRecorder(
        stream.header,
        options.recordTo,
        options.force,
        (error) => {
          running.writeError = error;
          player.notify({ kind: 'recording-failed', message: error.message });
        },
        (mark) => take(mark),
      );
      running.recorder = recorder;
      const session = createSession(stream.header, false, options.thresholds);
      const fleet = createFleet([{ file: '', session, why: null, state: 'growing' }]);
      const player = createPlayer({ fleet, mode: 'live', screen, follow: true, speed: 1, recorder });
      take = (record) => {
        recorder.take(record);
        if (session.take(record)) player.frameAdded();
      };
      onCommand((command) => {
        if (command.kind === 'list-entries') screen.listEntries();
        else player.command(command);
      });
      requireProbes(stream, options.source).catch(fail);
    });
    if (running.stream !== null) {
      const { stopLive } = await import('./stream/run-live.js');
      await stopLive(running.stream, 'quit');
    }
    for (const words of (await running.recorder?.close()) ?? []) process.stderr.write(`ctdiag: ${words}\n`);
    if (running.writeError !== null) throw running.writeError;
    return end.exitCode;
  } catch (error) {
    running.stream?.kill();
    throw asUserError(error);
  }
}
