// Times the parser against what one would write without it, in one run, and prints ratios: figures of different
// runs or machines do not compare. `npm run bench:parser`, or `-- counters` for one kind.
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

import { createParser, type BpftraceRecord } from 'bpftrace-output-parser';

const CHUNK_BYTES = 64 * 1024;
const TARGET_BYTES = 8 * 1024 * 1024;
const ROUNDS = 9;

/** Lines as 0.17.0 prints them; `i` varies the numbers. */
const KINDS: Readonly<Record<string, (i: number) => string>> = {
  counters: (i) => `{"type": "map", "data": {"@${COUNTERS[i % COUNTERS.length] ?? ''}": ${i * 7919}}}`,
  keyed: (i) =>
    `{"type": "map", "data": {"@inserted": {${range(100, (k) => `"402653${1840 + k}": ${i * 31 + k * 1009}`)}}}}`,
  histograms: (i) =>
    `{"type": "hist", "data": {"@usecs": [${range(20, (k) => `{"min": ${2 ** (k + 1)}, "max": ${2 ** (k + 2) - 1}, "count": ${(i * k) % 9973}}`)}]}}`,
  printf: (i) =>
    String.raw`{"type": "printf", "data": "connect pid=${1000 + (i % 500)} comm=nginx errno=${i % 130} to 10.0.${i % 256}.7:443\n"}`,
};
const COUNTERS = [
  'inserted',
  'insert_failed',
  'table_full',
  'early_drop',
  'destroyed',
  'syn',
  'accept_overflow',
];

function range(count: number, item: (k: number) => string): string {
  return Array.from({ length: count }, (_, k) => item(k)).join(', ');
}

function chunksOf(line: (i: number) => string): Uint8Array[] {
  const lines: string[] = [];
  for (let i = 0, size = 0; size < TARGET_BYTES; i++) {
    const text = line(i);
    lines.push(text);
    size += text.length + 1;
  }
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  return chunks;
}

/** Each way of reading returns how many lines it read, so that nothing is optimised away. */
type Way = (chunks: readonly Uint8Array[]) => number | Promise<number>;

const parser: Way = (chunks) => {
  let count = 0;
  const { feed, end } = createParser({
    onRecord: (record: BpftraceRecord) => {
      if (record.type !== 'noise') count++;
    },
    onError: (error) => {
      throw error;
    },
  });
  for (const chunk of chunks) feed(chunk);
  end();
  return count;
};

const readline: Way = (chunks) =>
  new Promise((resolve) => {
    let count = 0;
    const lines = createInterface({ input: Readable.from(chunks), crlfDelay: Infinity });
    lines.on('line', (line) => {
      if ((JSON.parse(line) as { type: string }).type !== 'noise') count++;
    });
    lines.on('close', () => resolve(count));
  });

const split: Way = (chunks) => {
  let count = 0;
  let rest = '';
  const decoder = new TextDecoder();
  for (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if ((JSON.parse(line) as { type: string }).type !== 'noise') count++;
  }
  return count;
};

const WAYS = { parser, readline, split };

async function time(way: Way, chunks: readonly Uint8Array[]): Promise<{ ms: number; count: number }> {
  const start = performance.now();
  const count = await way(chunks);
  return { ms: performance.now() - start, count };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

const wanted = process.argv.slice(2);
for (const [kind, line] of Object.entries(KINDS)) {
  if (wanted.length > 0 && !wanted.includes(kind)) continue;
  const chunks = chunksOf(line);
  const times: Record<string, number[]> = { parser: [], readline: [], split: [] };
  let count = 0;
  // Interleaved, so that a slow moment of the machine hits all three; the first round only warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, way] of Object.entries(WAYS)) {
      const result = await time(way, chunks);
      if (count !== 0 && result.count !== count) throw new Error(`${name} read ${result.count} of ${count}`);
      count = result.count;
      if (round > 0) times[name]?.push(result.ms);
    }
  }
  const [own = 0, byLine = 0, bySplit = 0] = ['parser', 'readline', 'split'].map((name) =>
    median(times[name] ?? []),
  );
  console.log(
    `${kind.padEnd(10)} ${((own * 1e6) / count).toFixed(0).padStart(6)} ns a line` +
      `   ${(byLine / own).toFixed(1).padStart(4)}x readline + JSON.parse` +
      `   ${(bySplit / own).toFixed(1).padStart(4)}x split + JSON.parse`,
  );
}
