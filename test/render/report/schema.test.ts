import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import { diagnosisJson } from '../../../src/render/index.js';
import type { StreamRecord } from '../../../src/records/index.js';
import { countersOnly, readBundled } from '../../scenarios/bundled.js';
import type { Bundled } from '../../scenarios/bundled.js';
import { everySecond, windowFrom } from '../../scenarios/stream.js';

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/diagnosis.schema.json', import.meta.url), 'utf8'),
) as object;
const matches = new Ajv2020({
  allErrors: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
}).compile(schema);

async function printed(
  name: Bundled,
  change: (records: readonly StreamRecord[]) => readonly StreamRecord[],
): Promise<{ status: string; findings: unknown[] }> {
  const { header, records } = await readBundled(name);
  const window = windowFrom([...change(records)], header);
  return JSON.parse(diagnosisJson(diagnose(window), window)) as { status: string; findings: unknown[] };
}

const all = (records: readonly StreamRecord[]): readonly StreamRecord[] => records;
const calm = (records: readonly StreamRecord[]): readonly StreamRecord[] =>
  records.filter((record) => record.elapsedMs < 30_000);
const blind = (records: readonly StreamRecord[]): readonly StreamRecord[] =>
  records.filter((record) => record.type === 'tick');

describe('the published schema', () => {
  it.each([
    ['conntrack-table-full', 'as recorded', all, 'critical'],
    ['conntrack-table-full', 'without bpftrace', countersOnly, 'critical'],
    ['conntrack-table-full', 'before anything is wrong', calm, 'ok'],
    ['conntrack-table-full', 'with nothing to be read', blind, 'unknown'],
    ['accept-queue-overflow', 'as recorded', all, 'critical'],
    ['accept-queue-overflow', 'without bpftrace', countersOnly, 'critical'],
  ] as const)('describes the diagnosis of %s, %s', async (name, _how, change, status) => {
    const output = await printed(name, change);
    matches(output);
    expect({ errors: matches.errors, status: output.status }).toEqual({ errors: null, status });
  });

  it('describes a process with its mappings and its control group', () => {
    const tasks = { cgroup: '/broker.service', used: 20, limit: 20 };
    const window = windowFrom(
      everySecond(5, (second) => [
        {
          type: 'processes',
          elapsedMs: second * 1000,
          processes: [
            {
              pid: 7,
              comm: 'broker',
              fds: 1,
              fdLimit: 9,
              maps: 30,
              tasks: { ...tasks, refused: second },
            },
          ],
        },
      ]),
    );
    const output = JSON.parse(diagnosisJson(diagnose(window), window)) as { findings: { code: string }[] };
    matches(output);
    expect({ errors: matches.errors, codes: output.findings.map((finding) => finding.code) }).toEqual({
      errors: null,
      codes: ['task-limit'],
    });
  });

  it('allows nothing that it does not describe', async () => {
    const output = await printed('conntrack-table-full', all);
    expect(matches({ ...output, more: 1 })).toBe(false);
    expect(matches({ ...output, status: 'fine' })).toBe(false);
    expect(matches({ ...output, findings: [{ ...(output.findings[0] as object), confidence: 1.1 }] })).toBe(
      false,
    );
    expect(
      matches({ ...output, findings: [{ ...(output.findings[0] as object), subject: { kind: 'x' } }] }),
    ).toBe(false);
  });
});
