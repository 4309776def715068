import { openCaptureReader } from '../../src/capture/index.js';
import type { CaptureReader } from '../../src/capture/index.js';
import type { StreamRecord } from '../../src/records/index.js';

/** Everything that can be read of a capture or a ring. */
export async function readAll(path: string): Promise<{ reader: CaptureReader; records: StreamRecord[] }> {
  const reader = await openCaptureReader(path);
  const records: StreamRecord[] = [];
  for await (const record of reader.records) records.push(record);
  return { reader, records };
}

/** The seconds that were read: how many ticks. */
export function ticksIn(records: readonly StreamRecord[]): number {
  return records.filter((record) => record.type === 'tick').length;
}
