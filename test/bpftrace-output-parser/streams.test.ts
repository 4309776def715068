import { Readable } from 'node:stream';

import { createRecordStream, parseRecords, type BpftraceStreamItem } from 'bpftrace-output-parser';
import { describe, expect, it } from 'vitest';

const LINES = [
  '{"type": "attached_probes", "data": {"probes": 1}}',
  '{"type": oops}',
  '{"type": "printf", "data": "é"}',
];
const BYTES = new TextEncoder().encode(LINES.join('\n'));
/** The last line has no newline, and its one long character is split. */
const CHUNKS = [
  BYTES.subarray(0, 60),
  BYTES.subarray(60, BYTES.length - 3),
  BYTES.subarray(BYTES.length - 3),
];

function expectAll(items: readonly BpftraceStreamItem[]): void {
  expect(items).toMatchObject([
    { type: 'attached_probes', probes: 1 },
    { type: 'error', error: { code: 'bad-json', line: 2 } },
    { type: 'printf', data: 'é' },
  ]);
}

describe('the stream and the iterator give every record, and bad lines among them', () => {
  it('as a Web TransformStream', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of CHUNKS) controller.enqueue(chunk);
        controller.close();
      },
    });
    const items: BpftraceStreamItem[] = [];
    for await (const item of stream.pipeThrough(createRecordStream())) items.push(item);
    expectAll(items);
  });

  it('over an array, a generator and a Node stream', async () => {
    for (const source of [CHUNKS, CHUNKS.values(), Readable.from(CHUNKS)]) {
      const items: BpftraceStreamItem[] = [];
      for await (const item of parseRecords(source)) items.push(item);
      expectAll(items);
    }
  });

  it('and take the settings of a parser', async () => {
    const items: BpftraceStreamItem[] = [];
    for await (const item of parseRecords(['{"type": "printf", "data": "x"}\n'], { format: 'text' }))
      items.push(item);
    expect(items).toMatchObject([{ type: 'text', text: '{"type": "printf", "data": "x"}' }]);
  });

  it('and read the source no further than the records are taken', async () => {
    let read = 0;
    function* source(): Generator<string> {
      for (; read < 100; read++) yield '{"type": "printf", "data": "x"}\n';
    }
    for await (const item of parseRecords(source())) {
      expect(item.type).toBe('printf');
      break;
    }
    expect(read).toBeLessThan(3);
  });
});
