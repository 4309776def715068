import { openCaptureReader } from '../../src/capture/index.js';
import type { StreamHeader, StreamRecord } from '../../src/records/index.js';

/** A capture of test/captures, each recorded of a real incident in a virtual machine. */
export type Bundled = 'conntrack-table-full' | 'accept-queue-overflow';

export function bundledPath(name: Bundled): string {
  return new URL(`../captures/${name}.ctd.gz`, import.meta.url).pathname;
}

export async function readBundled(name: Bundled): Promise<{ header: StreamHeader; records: StreamRecord[] }> {
  const reader = await openCaptureReader(bundledPath(name));
  const records: StreamRecord[] = [];
  for await (const record of reader.records) records.push(record);
  return { header: reader.header, records };
}

/** What the same host would have told without bpftrace. */
export function countersOnly(records: readonly StreamRecord[]): StreamRecord[] {
  return records.flatMap((record): StreamRecord[] => {
    switch (record.type) {
      case 'sample':
      case 'gap':
        return record.source === 'bpftrace' ? [] : [record];
      case 'listeners':
        return [
          { ...record, listeners: record.listeners.map((listener) => ({ ...listener, overflows: null })) },
        ];
      case 'coverage':
        return [{ ...record, probes: 'off', reason: 'not root', bpftraceVersion: null, hooks: [] }];
      case 'flows':
        return [];
      case 'ports':
      case 'dropped':
      case 'mark':
      case 'tick':
      case 'processes':
      case 'netns':
      case 'settings':
      case 'end':
      case 'unknown':
        return [record];
    }
  });
}
