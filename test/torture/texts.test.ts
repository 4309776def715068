import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { program } from '../../src/cli/program.js';
import { SEED } from '../random.js';
import { judgeText, textTargets } from './texts.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-texts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const targets = textTargets(
  folder,
  program(() => undefined),
);

// 100,000 of each: npm run torture.
it.each(targets.map((target) => [target.name, target] as const))(
  `hostile %s are read or refused in a sentence (seed ${SEED})`,
  async (_name, target) => {
    for (let seed = SEED; seed < SEED + 500; seed += 1)
      expect(await judgeText(target, seed), `seed ${seed}`).toBeNull();
  },
);
