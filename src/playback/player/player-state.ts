import type { ElapsedMs } from '../../records/index.js';
import type { Fleet } from '../fleet.js';
import type { Notice } from '../notice.js';
import type { LoadProgress, ScreenCommand } from '../screen-state.js';

/** Where the player is: with the newest frame, playing from one, or holding one. */
export type Motion = 'following' | 'playing' | 'held';

/** Everything a player remembers; what is recorded is the fleet's. */
export interface PlayerState {
  readonly mode: 'live' | 'replay';
  readonly motion: Motion;
  /** Against the pace of the recording; infinity plays every frame without waiting. */
  readonly speed: number;
  /** Frames still come, as they happen. */
  readonly growing: boolean;
  /** The rest of a capture is still being read: the last frame so far is not the end. */
  readonly loading: boolean;
  /** Playing, at the last frame that is read so far. */
  readonly waitingForFrames: boolean;
  readonly shownMs: ElapsedMs;
  /** The host that is looked at; `null` for the table of several. */
  readonly openHost: number | null;
  readonly notice: Notice | null;
  /** What to say at the last moment, whenever that is shown. */
  readonly endNotice: Notice | null;
  /** A moment beyond what is read, gone to when it is; infinity for the end. */
  readonly awaitedMs: ElapsedMs | null;
  /** How much is read, where that is worth showing. */
  readonly progress: LoadProgress | null;
  readonly canRecord: boolean;
}

/** What happens to a player. */
export type PlayerEvent =
  | { readonly kind: 'command'; readonly command: ScreenCommand }
  /** A host has a new frame. */
  | { readonly kind: 'frame-added'; readonly progress: LoadProgress | null }
  /** No more frames come. */
  | { readonly kind: 'ended'; readonly notice: Notice | null }
  | { readonly kind: 'notified'; readonly notice: Notice }
  /** The wait that an effect asked for is over. */
  | { readonly kind: 'frame-due' };

/** What a player wants done. */
export type PlayerEffect =
  | { readonly kind: 'draw' }
  /** Send `frame-due` after so long, instead of any wait before. */
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'stop-waiting' }
  | { readonly kind: 'toggle-recording' }
  | { readonly kind: 'mark'; readonly note: string };

/** A state and what is to be done for it. */
export interface Step {
  readonly state: PlayerState;
  readonly effects: readonly PlayerEffect[];
}

/** The moment to show now. */
export function shownMoment({ motion, shownMs }: PlayerState, fleet: Fleet): ElapsedMs {
  return Math.max(motion === 'following' ? fleet.toMs : shownMs, fleet.fromMs);
}

/** The notice to show at the moment shown. */
export function noticeAt(state: PlayerState, fleet: Fleet): Notice | null {
  return state.notice ?? (shownMoment(state, fleet) >= fleet.toMs ? state.endNotice : null);
}
