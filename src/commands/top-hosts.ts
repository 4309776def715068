import { createFleet } from '../playback/fleet.js';
import { createPlayer } from '../playback/player.js';
import type { SshOptions } from '../sources/remote/ssh-options.js';
import { hostAccess, recordingThere } from './hosts/host-stream.js';
import { recordLive } from './hosts/live-recording.js';
import { openTerminal } from './screen/open-terminal.js';
import { withScreen } from './screen/screen-host.js';
import type { LookOptions } from './screen/screen-host.js';

export interface TopHostsOptions extends LookOptions {
  readonly hosts: readonly string[];
  readonly ssh: SshOptions;
  /** Of `ctdiag record -` on each host. */
  readonly recordArgs: readonly string[];
  /** Standard input is the list of hosts: keys come from the terminal itself. */
  readonly listFromInput: boolean;
}

/** Frames of many hosts come at any time; a person reads the table four times a second at most. */
const REDRAW_MS = 250;
const CLOCK_MS = 1000;

/** The live screen of other hosts, each over ssh. Returns the exit code. */
export async function topHosts(options: TopHostsOptions): Promise<number> {
  const access = hostAccess(options.ssh, recordingThere(options.recordArgs));
  const redraw = throttle(REDRAW_MS);
  // A host that says nothing any more is silent on the screen as well.
  const clock = setInterval(redraw.ask, CLOCK_MS);
  const recordings = options.hosts.map((host) => recordLive(host, access, options.thresholds, redraw.ask));
  try {
    const end = await withScreen(
      options,
      `ctdiag diagnose ${options.hosts.slice(0, 3).join(' ')}`,
      (screen, onCommand) => {
        const fleet = createFleet(recordings, { fromMs: Date.now(), now: () => Date.now() });
        const player = createPlayer({ fleet, mode: 'live', screen, follow: true, speed: 1, recorder: null });
        redraw.run = () => player.frameAdded();
        onCommand((command) => player.command(command));
      },
      options.listFromInput ? openTerminal('ctdiag diagnose HOST') : process.stdin,
    );
    return end.exitCode;
  } finally {
    clearInterval(clock);
    redraw.stop();
    await Promise.all(recordings.map((recording) => recording.stop()));
  }
}

interface Throttle {
  /** What is done, at most once in each stretch of time. */
  run: () => void;
  readonly ask: () => void;
  stop(): void;
}

function throttle(everyMs: number): Throttle {
  let timer: NodeJS.Timeout | undefined;
  const throttled: Throttle = {
    run: () => undefined,
    ask() {
      timer ??= setTimeout(() => {
        timer = undefined;
        throttled.run();
      }, everyMs);
    },
    stop() {
      throttled.run = () => undefined;
      clearTimeout(timer);
    },
  };
  return throttled;
}
