import { defineConfig } from 'vitest/config';
import { skipReporter } from './test/skip-reporter.js';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    // Screens and reports show local time and its zone.
    env: { TZ: 'UTC' },
    globalSetup: ['test/build-programs.ts'],
    reporters: ['default', skipReporter],
    // Only for giving up: tests wait for conditions, on machines that may be slow and busy.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Many tests wait for children; by default one processor would be left unused.
    maxWorkers: '100%',
    exclude: ['test/kernel/**', 'test/packages/**', '**/node_modules/**'],
    coverage: { provider: 'v8', include: ['src/**/*.ts', 'tui/**/*.ts'] },
  },
});
