import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/kernel/**', '**/node_modules/**'],
    coverage: { provider: 'v8', include: ['src/**/*.ts', 'tui/**/*.ts'] },
  },
});
