import { defineConfig } from 'vitest/config';

/** The forms that ctdiag is shipped in, each on a machine that has nothing else: `npm run test:packages`, as root. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['test/packages/*.test.ts'],
    // Each installs into roots and folders of its own.
    maxWorkers: 2,
    testTimeout: 300_000,
  },
});
