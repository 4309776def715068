import { openCaptureReader } from '../../src/capture/index.js';
import { diagnose } from '../../src/diagnose/index.js';
import type { Diagnosis } from '../../src/diagnose/index.js';
import type { StreamRecord } from '../../src/records/index.js';
import { windowFrom } from './stream.js';

/** The diagnosis of a capture of test/fixtures/cases: made by a script, one situation each. */
export async function diagnosisOfCase(name: string): Promise<Diagnosis> {
  const reader = await openCaptureReader(new URL(`../fixtures/cases/${name}`, import.meta.url).pathname);
  const records: StreamRecord[] = [];
  for await (const record of reader.records) records.push(record);
  return diagnose(windowFrom(records, reader.header));
}
