import { openCaptureReader } from '../capture/index.js';
import { createFold } from '../model/index.js';
import { asUserError, EXIT, UserError } from './exit.js';
import { withScreen } from './screen-host.js';
import type { Timeline } from '../../tui/index.js';
import type { Frame } from '../model/index.js';
import type { LookOptions } from './screen-host.js';
import { createSession } from './session.js';
import type { Session } from './session.js';
import { indexAt } from './seek.js';
import { tailWords } from './tail.js';

/** The pace of a replay against the recording. */
const MIN_SPEED = 0.125;
const MAX_SPEED = 1024;
/** Frames further apart than this have a gap between them. */
const LONGEST_FRAME_MS = 3000;
/** A gap in the recording is not waited out: the next frame comes after this at the latest. */
const LONGEST_WAIT_MS = 2000;

/** Plays a capture on the screen. Returns the exit code. */
export async function replay(path: string, look: LookOptions): Promise<number> {
  const { session, notice } = await load(path);
  const end = await withScreen(look, `ctdiag diagnose ${path}`, (screen, onCommand) => {
    const { frames, verdicts } = session;
    const timeline: Timeline = {
      fromMs: frames[0]?.elapsedMs ?? 0,
      toMs: frames.at(-1)?.elapsedMs ?? 0,
      changes: verdicts,
      gaps: gapsOf(frames),
    };
    let said: string | null = null;
    let index = 0;
    let playing = true;
    let speed = 1;
    let timer: NodeJS.Timeout | undefined;

    const show = (): void => {
      screen.update({
        mode: 'replay',
        ...session.at(index),
        frozen: !playing,
        position: { index, total: frames.length, speed },
        recording: null,
        notice: said ?? (index === frames.length - 1 ? notice : null),
        timeline,
      });
    };
    const next = (): void => {
      clearTimeout(timer);
      if (!playing) return;
      if (index >= frames.length - 1) {
        playing = false;
        show();
        return;
      }
      const gapMs = (frames[index + 1]?.elapsedMs ?? 0) - (frames[index]?.elapsedMs ?? 0);
      timer = setTimeout(
        () => {
          index += 1;
          show();
          next();
        },
        Math.min(gapMs / speed, LONGEST_WAIT_MS),
      );
      timer.unref();
    };
    const moveTo = (wanted: number): void => {
      index = Math.min(frames.length - 1, Math.max(0, wanted));
    };
    onCommand((command) => {
      said = null;
      if (command.kind === 'toggle-freeze') {
        // At the end, play starts over: that is what is meant.
        if (!playing && index === frames.length - 1) index = 0;
        playing = !playing;
      } else if (command.kind === 'step') {
        playing = false;
        moveTo(index + command.frames);
      } else if (command.kind === 'jump') moveTo(command.to === 'start' ? 0 : frames.length - 1);
      else if (command.kind === 'speed') {
        const wanted = command.change === 'faster' ? speed * 2 : speed / 2;
        speed = Math.min(MAX_SPEED, Math.max(MIN_SPEED, wanted));
      } else if (command.kind === 'verdict-change') {
        const nowMs = frames[index]?.elapsedMs ?? 0;
        const change =
          command.direction === 1
            ? verdicts.find((one) => one.elapsedMs > nowMs)
            : verdicts.findLast((one) => one.elapsedMs < nowMs);
        if (change === undefined) return;
        playing = false;
        moveTo(frames.findIndex((frame) => frame.elapsedMs >= change.elapsedMs));
      } else if (command.kind === 'go-to') {
        const found = indexAt(frames, index, command.time);
        if (found === null) said = `${command.time} is no time; try 20:41:07, -2m or +30s`;
        else {
          playing = false;
          moveTo(found);
        }
      } else return;
      show();
      next();
    });
    show();
    next();
    return undefined;
  });
  return end.exitCode;
}

async function load(path: string): Promise<{ session: Session; notice: string | null }> {
  try {
    const reader = await openCaptureReader(path);
    const fold = createFold(reader.header);
    const session = createSession(reader.header, true);
    for await (const record of reader.records) {
      const frame = fold.push(record);
      if (frame !== null) session.add(frame);
    }
    if (session.frames.length === 0)
      throw new UserError(EXIT.badData, `${reader.name} holds no complete second; record for longer.`);
    return { session, notice: tailWords(reader.name, reader.tail) };
  } catch (error) {
    throw asUserError(error);
  }
}

/** Stretches in which the recording has no frame: more than three intervals between two. */
function gapsOf(frames: readonly Frame[]): Timeline['gaps'] {
  return frames.flatMap((frame, index) => {
    const fromMs = frames[index - 1]?.elapsedMs ?? frame.elapsedMs;
    return frame.elapsedMs - fromMs > LONGEST_FRAME_MS ? [{ fromMs, toMs: frame.elapsedMs }] : [];
  });
}
