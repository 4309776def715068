import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createLiveRecorder } from '../../src/commands/live-recorder.js';
import { HEADER, incidentRecords } from '../tui/incident.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-live-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('says of every recording how much is in it, of those that were stopped as well', async () => {
  const path = join(folder, 'first.ctd.gz');
  const recorder = createLiveRecorder(HEADER, path, false, (error) => expect.fail(error.message));
  for (const record of incidentRecords(3)) recorder.take(record);
  expect(recorder.toggle()).toBe(`${path} is closed`);
  expect(await recorder.close()).toEqual([expect.stringMatching(/first\.ctd\.gz: [1-9]\d* records$/)]);
});

it('says nothing when nothing was recorded', async () => {
  const recorder = createLiveRecorder(HEADER, null, false, (error) => expect.fail(error.message));
  for (const record of incidentRecords(3)) recorder.take(record);
  expect(await recorder.close()).toEqual([]);
});
