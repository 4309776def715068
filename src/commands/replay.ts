import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { openCaptureReader } from '../capture/index.js';
import type { StreamRecord } from '../records/index.js';
import { asUserError, EXIT, UserError } from './exit.js';
import { setHeapForJumps } from './heap.js';
import { createPlayer } from './player.js';
import { withScreen } from './screen-host.js';
import type { LookOptions } from './screen-host.js';
import { createSession } from './session.js';
import type { Session } from './session.js';
import { tailWords } from './tail.js';

export interface ReplayOptions extends LookOptions {
  /** Where to start, as a person writes a time; `null` for the beginning. */
  readonly at: string | null;
  /** 1 is the pace of the recording, infinity as fast as possible. */
  readonly speed: number;
  /** Go on with what is still being written. */
  readonly follow: boolean;
}

/** So many frames are read between two turns of the event loop: keys wait no longer. */
const FRAMES_A_TURN = 20;

/** Plays a capture on the screen. Returns the exit code. */
export async function replay(path: string, options: ReplayOptions): Promise<number> {
  setHeapForJumps();
  try {
    const reader = await openCaptureReader(path, null, options.follow);
    const records = reader.records[Symbol.asyncIterator]();
    const session = createSession(reader.header, true, options.thresholds);
    await readFrames(records, session, 1);
    if (session.length === 0)
      throw new UserError(EXIT.badData, `${reader.name} holds no complete second; record for longer.`);
    // Standard input is the capture: keys come from the terminal itself.
    const input = path === '-' ? terminal() : process.stdin;
    const end = await withScreen(
      options,
      `ctdiag diagnose ${path}`,
      (screen, onCommand) => {
        const { at, follow, speed } = options;
        const play = async (): Promise<never> => {
          // A time is looked for in the whole, so that must be read first.
          if (at !== null && !follow) await readFrames(records, session, Infinity);
          const player = createPlayer({
            session,
            mode: 'replay',
            screen,
            follow,
            speed,
            recorder: null,
            loading: true,
          });
          onCommand((command) => player.command(command));
          if (at !== null && !player.goTo(at)) player.say(`${at} is no time; try 20:41:07 or +30s`);
          while (await readFrames(records, session, FRAMES_A_TURN, () => player.frameAdded()))
            await new Promise((resolve) => setImmediate(resolve));
          session.settle();
          player.ended(tailWords(reader.name, reader.tail));
          return new Promise<never>(() => undefined);
        };
        return play();
      },
      input,
    );
    return end.exitCode;
  } catch (error) {
    throw asUserError(error);
  }
}

/** Reads so many frames, or what there is; whether there may be more. */
async function readFrames(
  records: AsyncIterator<StreamRecord>,
  session: Session,
  count: number,
  onFrame: () => void = () => undefined,
): Promise<boolean> {
  for (let left = count; left > 0;) {
    const next = await records.next();
    if (next.done === true) return false;
    if (!session.take(next.value)) continue;
    left -= 1;
    onFrame();
  }
  return true;
}

function terminal(): ReadStream {
  try {
    return new ReadStream(openSync('/dev/tty', 'r+'));
  } catch (error) {
    throw new UserError(
      EXIT.usage,
      'No screen can be opened: there is no terminal to take keys from. Use `ctdiag diagnose -` instead.',
      { cause: error },
    );
  }
}
