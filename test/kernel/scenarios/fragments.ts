import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isUnfit } from '../distros.js';
import type { Scenario } from '../scenario.js';

export const fragments: Scenario = {
  name: 'fragments',
  purpose: 'Every fragment under probes/, by hand with plain bpftrace.',
  guestScript: 'fragments.sh',
  memoryMiB: 2048,
  timeoutMs: 900_000,
  checks: {
    'every fragment that this kernel can have runs by hand': (results, distro) => {
      const files = readdirSync(join(results.directory, 'fragments'));
      assert.ok(files.length > 10);
      for (const file of files) {
        const runs = /^up$/m.test(results.text(join('fragments', file)));
        assert.equal(runs, !isUnfit(file, distro), `${file}: ${results.text(join('fragments', file))}`);
      }
    },
  },
};
