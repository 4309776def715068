import { openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { openCaptureReader } from '../capture/index.js';
import type { CaptureReader } from '../capture/index.js';
import { createFold } from '../model/index.js';
import type { Frame } from '../model/index.js';
import { asUserError, EXIT, UserError } from './exit.js';
import { createPlayer } from './player.js';
import { withScreen } from './screen-host.js';
import type { LookOptions } from './screen-host.js';
import { createSession } from './session.js';
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
  try {
    const reader = await openCaptureReader(path, null, options.follow);
    const frames = framesOf(reader);
    const first = await frames.next();
    if (first.done === true)
      throw new UserError(EXIT.badData, `${reader.name} holds no complete second; record for longer.`);
    const session = createSession(reader.header, true, options.thresholds);
    session.add(first.value);
    // Standard input is the capture: keys come from the terminal itself.
    const input = path === '-' ? terminal() : process.stdin;
    const end = await withScreen(
      options,
      `ctdiag diagnose ${path}`,
      (screen, onCommand) => {
        const { at, follow, speed } = options;
        const play = async (): Promise<never> => {
          // A time is looked for in the whole, so that must be read first.
          if (at !== null && !follow) for await (const frame of frames) session.add(frame);
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
          await readOn(frames, (frame) => {
            session.add(frame);
            player.frameAdded();
          });
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

async function* framesOf(reader: CaptureReader): AsyncGenerator<Frame, undefined> {
  const fold = createFold(reader.header);
  for await (const record of reader.records) {
    const frame = fold.push(record);
    if (frame !== null) yield frame;
  }
  return undefined;
}

async function readOn(frames: AsyncIterable<Frame>, take: (frame: Frame) => void): Promise<void> {
  let count = 0;
  for await (const frame of frames) {
    take(frame);
    count += 1;
    if (count % FRAMES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
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
