import { openCaptureWriter } from '../capture/index.js';
import type { CaptureWriter } from '../capture/index.js';
import { createFold } from '../model/index.js';
import type { StreamRecord } from '../records/index.js';
import type { SourceChoice } from '../sources/live.js';
import { asUserError } from './exit.js';
import { watchHost } from './live-host.js';
import { withScreen } from './screen-host.js';
import type { LookOptions } from './screen-host.js';
import { createSession } from './session.js';

export interface TopOptions extends LookOptions {
  readonly source: SourceChoice;
  readonly intervalMs: number;
  /** Where to record to as well; `null` for nowhere. */
  readonly recordTo: string | null;
  readonly force: boolean;
}

/** The live screen. Returns the exit code. */
export async function top(options: TopOptions): Promise<number> {
  let take: (record: StreamRecord) => void = () => undefined;
  let live: ReturnType<typeof watchHost> | null = null;
  let writer: CaptureWriter | null = null;
  let writeError: Error | null = null;
  try {
    const end = await withScreen(options, 'ctdiag diagnose', (screen, onCommand) => {
      // The first records come only after this function has returned to the event loop.
      const stream = watchHost({ ...options, onRecord: (record) => take(record) });
      live = stream;
      if (options.recordTo !== null) {
        writer = openCaptureWriter(options.recordTo, stream.header, options.force);
        writer.failed.catch((error: unknown) => {
          writeError = error instanceof Error ? error : new Error(String(error));
          show();
        });
      }
      const recorder: CaptureWriter | null = writer;
      const fold = createFold(stream.header);
      const session = createSession(stream.header, false);
      /** The frame on the screen while frozen, `null` while it follows the newest. */
      let heldMs: number | null = null;

      const indexShown = (): number => {
        if (heldMs === null) return session.frames.length - 1;
        const held = session.frames.findLastIndex((frame) => frame.elapsedMs <= (heldMs ?? 0));
        return Math.max(0, held);
      };
      const show = (): void => {
        screen.update({
          mode: 'live',
          ...session.at(indexShown()),
          frozen: heldMs !== null,
          position: null,
          recording: writeError === null ? options.recordTo : null,
          notice: writeError?.message ?? null,
        });
      };
      take = (record) => {
        recorder?.write(record);
        const frame = fold.push(record);
        if (frame === null) return;
        session.add(frame);
        if (heldMs === null) show();
      };
      onCommand((command) => {
        const newest = session.frames.at(-1);
        if (newest === undefined) return;
        if (command.kind === 'toggle-freeze') heldMs = heldMs === null ? newest.elapsedMs : null;
        else if (command.kind === 'step') {
          const index = Math.min(session.frames.length - 1, Math.max(0, indexShown() + command.frames));
          heldMs = session.frames[index]?.elapsedMs ?? heldMs;
        } else return;
        show();
      });
      show();
    });
    await stopped(live);
    await closed(writer);
    thrown(writeError);
    return end.exitCode;
  } catch (error) {
    killed(live);
    throw asUserError(error);
  }
}

// The compiler does not see assignments made inside the callback above.
type MaybeLive = ReturnType<typeof watchHost> | null;
const stopped = async (live: MaybeLive): Promise<void> => live?.stop('quit');
const killed = (live: MaybeLive): void => live?.kill();
const thrown = (error: Error | null): void => {
  if (error !== null) throw error;
};
const closed = async (writer: CaptureWriter | null): Promise<void> => writer?.close();
