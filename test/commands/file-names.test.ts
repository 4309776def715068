import { expect, it } from 'vitest';
import { fileName } from '../../src/commands/file-names.js';

const AT_MS = Date.UTC(2026, 10, 21, 20, 41, 7, 900);

it.each([
  ['web-07', 'ctdiag-web-07-20261121T204107Z.ctd.gz'],
  ['../../etc/\u001b[31m x', 'ctdiag-_.._etc_31m_x-20261121T204107Z.ctd.gz'],
  ['', 'ctdiag-host-20261121T204107Z.ctd.gz'],
])('a recording of %j is named %s', (host, name) => {
  expect(fileName(host, AT_MS, 'ctd.gz')).toBe(name);
});
