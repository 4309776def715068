import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { CaptureError, openCaptureReader, openCaptureWriter } from '../../src/capture/index.js';
import type { CaptureReader, CaptureTail } from '../../src/capture/index.js';
import type { StreamHeader, StreamRecord } from '../../src/records/index.js';
import { HEADER } from '../scenarios/stream.js';

/** A directory that is gone after the test. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ctdiag-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function fileOf(name: string, content: string | Buffer): string {
  const path = join(scratch(), name);
  writeFileSync(path, content);
  return path;
}

export async function write(path: string, records: Iterable<StreamRecord>, force = false): Promise<void> {
  const writer = openCaptureWriter(path, HEADER, force);
  for (const record of records) writer.write(record);
  await writer.close();
}

/** What a file holds: its records and how it ends, or why it is no capture. */
export type Content =
  | { readonly header: StreamHeader; readonly records: readonly StreamRecord[]; readonly tail: CaptureTail }
  | { readonly code: CaptureError['code']; readonly message: string };

/** Reads to the end. Whatever is thrown but a {@link CaptureError} fails the test. */
export async function read(path: string): Promise<Content> {
  try {
    const reader = await openCaptureReader(path);
    const records = await recordsOf(reader);
    return { header: reader.header, records, tail: reader.tail };
  } catch (error) {
    if (error instanceof CaptureError) return { code: error.code, message: error.message };
    throw error;
  }
}

async function recordsOf(reader: CaptureReader): Promise<StreamRecord[]> {
  const records: StreamRecord[] = [];
  for await (const record of reader.records) records.push(record);
  return records;
}
