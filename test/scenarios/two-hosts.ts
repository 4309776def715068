import { createFleet } from '../../src/playback/fleet.js';
import type { Fleet, Recording } from '../../src/playback/fleet.js';
import { createSession } from '../../src/playback/session.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { bundledPath, readBundled } from './bundled.js';
import type { Bundled } from './bundled.js';

/** A capture that was recorded for real, whole. */
async function bundledMember(name: Bundled): Promise<Recording> {
  const { header, records } = await readBundled(name);
  const session = createSession(header, true);
  for (const record of records) session.take(record);
  session.settle();
  return {
    file: `captures/${bundledPath(name).split('/').at(-1) ?? ''}`,
    session,
    why: null,
    state: 'whole',
  };
}

/** The two incidents, recorded one after the other on one host, and a file that is none. */
export async function bundledFleet(): Promise<Fleet> {
  return createFleet([
    await bundledMember('accept-queue-overflow'),
    await bundledMember('conntrack-table-full'),
    {
      file: 'captures/absent.ctd.gz',
      session: null,
      why: 'captures/absent.ctd.gz does not exist.',
      state: 'whole',
    },
  ]);
}

/** What a replay shows of it, paused. */
export function replayState(fleet: Fleet, atMs: number, open: number | null): ScreenState {
  return {
    mode: 'replay',
    ...fleet.at(atMs, open),
    timeline: fleet.timeline(atMs, open),
    frozen: true,
    speed: 1,
    recording: null,
    notice: null,
  };
}
