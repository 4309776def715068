import { expect, it } from 'vitest';
import { withEntries } from '../../../src/commands/screen/entries-screen.js';
import type { Screen, ScreenState } from '../../../src/playback/screen-state.js';
import type { Entries } from '../../../src/render/index.js';
import { createEntryTally } from '../../../src/model/index.js';
import { incidentState } from '../../tui/incident.js';
import { openOn } from '../../tui/open-screen.js';

function recording(): { screen: Screen; states: ScreenState[] } {
  const states: ScreenState[] = [];
  const nothing = (): void => undefined;
  return {
    states,
    screen: { update: (state) => void states.push(state), close: nothing, suspend: nothing, resume: nothing },
  };
}

const DUMP: Entries = {
  tally: createEntryTally().build(8),
  dumps: [{ name: 'host', entries: 0, countBefore: 0, countAfter: 0, failure: 'conntrack is not installed' }],
  names: new Map(),
};

it('looks once at a time, and shows what came of it with every state from then on', async () => {
  const { screen, states } = recording();
  let looks = 0;
  let answer: (entries: Entries) => void = () => undefined;
  const asked = withEntries(
    screen,
    () => {
      looks += 1;
      return new Promise((resolve) => (answer = resolve));
    },
    () => 1000,
  );
  asked.update(incidentState(30));
  asked.listEntries();
  asked.listEntries();
  expect(looks).toBe(1);
  expect(states.at(-1)?.entries).toEqual({ kind: 'running', atMs: 1000 });
  answer(DUMP);
  await new Promise((resolve) => setImmediate(resolve));
  expect(states.at(-1)?.entries).toMatchObject({ kind: 'done' });
  expect(JSON.stringify(states.at(-1)?.entries)).toContain('conntrack is not installed');
  asked.update(incidentState(31));
  expect(states.at(-1)?.entries).toMatchObject({ kind: 'done' });
});

it('says why when it fails', async () => {
  const { screen, states } = recording();
  const asked = withEntries(screen, () => Promise.reject(Object.assign(new Error('x'), { code: 'EACCES' })));
  asked.update(incidentState(30));
  asked.listEntries();
  await new Promise((resolve) => setImmediate(resolve));
  expect(JSON.stringify(states.at(-1)?.entries)).toMatch(/could not be read: .*permission/i);
});

it('e asks for it live, and says on a capture that there is nothing to read', async () => {
  const live = openOn(80, 24);
  await live.show(incidentState(60));
  live.terminal.press('e');
  expect((await live.terminal.rows()).join('\n')).toContain('ENTRIES');
  expect(live.commands).toEqual([{ kind: 'list-entries' }]);
  const lines = ['Conntrack entries in a dump of the tables: 65,536', '  tcp   65,000'];
  const shown = await live.show({ ...incidentState(61), entries: { kind: 'done', atMs: 0, lines } });
  expect(shown.join('\n')).toMatch(/read at .*\n.*65,536\n.*65,000/);
  const replay = openOn(80, 24);
  await replay.show({ ...incidentState(60), mode: 'replay', speed: 1 });
  replay.terminal.press('e');
  expect((await replay.terminal.rows()).join('\n')).toContain('live only');
  expect(replay.commands).not.toContainEqual({ kind: 'list-entries' });
});
