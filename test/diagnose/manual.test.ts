import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FINDING_CODES } from '../../src/diagnose/index.js';
import { manualOf } from '../../src/render/index.js';

const manual = readFileSync(new URL('../../docs/findings.md', import.meta.url), 'utf8');

/** Title → text of each section. */
const sections = new Map(
  manual
    .split(/^## /m)
    .slice(1)
    .map((part) => [part.split('\n')[0] ?? '', part]),
);

describe('the manual of findings', () => {
  it.each(FINDING_CODES)('explains %s: kernel, decision, what to check, fix', (code) => {
    const section = sections.get(code) ?? '';
    for (const part of ['**In the kernel.**', '**Decided by.**', '**By hand.**', '**Fix.**'])
      expect(section).toContain(part);
    expect(manualOf(code)).toBe(`docs/findings.md#${code}`);
  });

  it('explains nothing that cannot be found', () => {
    expect([...sections.keys()].sort()).toEqual([...FINDING_CODES].sort());
  });
});
