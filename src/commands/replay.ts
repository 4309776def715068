import type { Notice } from '../playback/notice.js';
import type { LoadProgress } from '../playback/screen-state.js';
import { asUserError, EXIT, UserError } from '../exit.js';
import { fixedSpan } from '../playback/time/fixed-span.js';
import { createFleet } from '../playback/fleet.js';
import type { Recording } from '../playback/fleet.js';
import { setHeapForJumps } from '../playback/heap.js';
import { openCapture } from '../playback/open-capture.js';
import type { OpenedCapture, OpenOptions } from '../playback/open-capture.js';
import { createPlayer } from '../playback/player.js';
import { loadProgressOf } from '../playback/load-progress.js';
import { openTerminal } from './screen/open-terminal.js';
import { withScreen } from './screen/screen-host.js';
import type { LookOptions } from './screen/screen-host.js';
import { isFixed } from '../playback/time/time-span.js';
import type { TimeSpan } from '../playback/time/time-span.js';

export interface ReplayOptions extends LookOptions {
  /** Where to start, as a person writes a time; `null` for the beginning. */
  readonly at: string | null;
  /** Which part of the captures. */
  readonly span: TimeSpan;
  /** 1 is the pace of the recording, infinity as fast as possible. */
  readonly speed: number;
  /** Go on with what is still being written. */
  readonly follow: boolean;
}

/** So many frames are read between two turns of the event loop: keys wait no longer. */
const FRAMES_A_TURN = 20;

/** Plays captures on the screen, each a host of its own. Returns the exit code. */
export async function replay(paths: readonly string[], options: ReplayOptions): Promise<number> {
  refuseContradictions(paths, options);
  setHeapForJumps();
  try {
    const { at, follow, speed, thresholds } = options;
    const span = await fixedSpan(paths, options.span);
    const members = await openAll(paths, { follow, span, thresholds });
    const captures = members.filter(isOpen);
    const fleet = createFleet(members);
    // Standard input is the capture: keys come from the terminal itself.
    const input = paths.includes('-') ? openTerminal('ctdiag diagnose -') : process.stdin;
    const end = await withScreen(
      options,
      `ctdiag diagnose ${paths.join(' ')}`,
      async (screen, onCommand) => {
        const progress = (): LoadProgress | null => (follow ? null : loadProgressOf(captures));
        // What takes no time is read before anything is shown, or the screen would begin with a jump.
        if (at !== null && !follow && progress() === null) await readAll(captures, false, () => undefined);
        const player = createPlayer({
          fleet,
          mode: 'replay',
          screen,
          follow,
          speed,
          recorder: null,
          loading: captures.some(({ state }) => state !== 'whole'),
          progress,
          startAt: at,
        });
        onCommand((command) => player.command(command));
        await readAll(captures, follow, () => player.frameAdded());
        player.ended(truncationNotice(captures));
        return new Promise<never>(() => undefined);
      },
      input,
    );
    return end.exitCode;
  } catch (error) {
    throw asUserError(error);
  }
}

function refuseContradictions(paths: readonly string[], { follow, span }: ReplayOptions): void {
  const refuse = (words: string): never => {
    throw new UserError(EXIT.usage, words);
  };
  const piped = paths.includes('-');
  if (piped && paths.length > 1)
    refuse('Standard input can only be replayed alone, not with other captures.');
  if (piped && !isFixed(span))
    refuse('The end of standard input is not known in advance; give --from and --to with a date.');
  if (follow && span.to !== null)
    refuse('--follow reads without an end, so it cannot be combined with --to.');
}

/** All of them; among several, those that cannot be read are told among the others. */
async function openAll(paths: readonly string[], options: OpenOptions): Promise<Recording[]> {
  const [only = ''] = paths;
  if (paths.length === 1) return [await openCapture(only, options)];
  const members: Recording[] = [];
  for (const file of paths) {
    try {
      members.push(await openCapture(file, options));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      members.push({ file, session: null, why: error.message, state: 'whole' });
    }
  }
  if (!members.some(isOpen)) throw new UserError(EXIT.badData, members.map(({ why }) => why ?? '').join(' '));
  return members;
}

function isOpen(member: Recording): member is OpenedCapture {
  return member.session !== null;
}

/** Reads all of them; those that grow side by side, else what is furthest behind first. */
async function readAll(
  captures: readonly OpenedCapture[],
  follow: boolean,
  onFrame: () => void,
): Promise<void> {
  const turn = async (openedCapture: OpenedCapture): Promise<boolean> => {
    const more = await openedCapture.read(FRAMES_A_TURN, onFrame);
    await new Promise((resolve) => setImmediate(resolve));
    return more;
  };
  if (follow) {
    await Promise.all(
      captures.map(async (capture) => {
        while (await turn(capture));
      }),
    );
    return;
  }
  for (let next = furthestBehind(captures); next !== null; next = furthestBehind(captures)) await turn(next);
}

function furthestBehind(captures: readonly OpenedCapture[]): OpenedCapture | null {
  const atMs = ({ session }: OpenedCapture): number =>
    session.header.startedAtMs + (session.elapsedAt(session.length - 1) ?? 0);
  const [first] = captures.filter(({ state }) => state !== 'whole').sort((a, b) => atMs(a) - atMs(b));
  return first ?? null;
}

function truncationNotice(captures: readonly OpenedCapture[]): Notice | null {
  const truncated = captures.flatMap((capture) => capture.truncation() ?? []);
  return truncated.length === 0 ? null : { kind: 'truncated', captures: truncated };
}
