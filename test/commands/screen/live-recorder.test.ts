import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { createLiveRecorder } from '../../../src/commands/screen/live-recorder.js';
import { HEADER, incidentRecords } from '../../tui/incident.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-live-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fail = (error: Error): never => expect.fail(error.message);

it('says of every recording how much is in it, of those that were stopped as well', async () => {
  const path = join(folder, 'first.ctd.gz');
  const recorder = createLiveRecorder(HEADER, path, false, fail, (mark) => recorder.take(mark));
  for (const record of incidentRecords(3)) recorder.take(record);
  expect(recorder.mark('clients call')).toEqual({ kind: 'marked', note: 'clients call', recorded: true });
  expect(recorder.toggle()).toEqual({ kind: 'recording-stopped', path });
  expect(await recorder.close()).toEqual([expect.stringMatching(/first\.ctd\.gz: [1-9]\d* records$/)]);
  expect(gunzipSync(readFileSync(path)).toString()).toMatch(
    /^\{"type":"mark","elapsedMs":\d+,"note":"clients call"\}$/m,
  );
});

it('says nothing when nothing was recorded', async () => {
  const marks: string[] = [];
  const recorder = createLiveRecorder(HEADER, null, false, fail, ({ note }) => marks.push(note));
  for (const record of incidentRecords(3)) recorder.take(record);
  expect(recorder.mark('now')).toEqual({ kind: 'marked', note: 'now', recorded: false });
  expect(marks).toEqual(['now']);
  expect(await recorder.close()).toEqual([]);
});
