import { createRequire } from 'node:module';

const manifest: unknown = createRequire(import.meta.url)('#package');

/** The version of ctdiag, from its package.json. */
export const VERSION =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '0';
