import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findCards, readAllowance } from '../../../src/sources/on-demand/allowance.js';
import { createToolRunner } from '../../../src/sources/tools/run-tool.js';

const tools = createToolRunner();
let sys: string;
beforeEach(() => {
  sys = mkdtempSync(join(tmpdir(), 'ctdiag-sys-'));
  const standIn = new URL('../../fixtures/ethtool', import.meta.url).pathname;
  vi.stubEnv('PATH', `${standIn}${delimiter}${process.env['PATH'] ?? ''}`);
});
afterEach(() => {
  rmSync(sys, { recursive: true });
  vi.unstubAllEnvs();
});

function card(name: string, driver?: string): void {
  const folder = join(sys, 'class/net', name, 'device');
  mkdirSync(driver === undefined ? join(folder, '..') : folder, { recursive: true });
  if (driver !== undefined) symlinkSync(`../../drivers/${driver}`, join(folder, 'driver'));
}

test('drops of all cards are summed, what is left is the least; other cards are not asked again', async () => {
  expect(await readAllowance(['eth0', 'eth1', 'eth2'], true, tools)).toEqual({
    figures: {
      'ena.conntrack_allowance_exceeded': 42,
      'ena.conntrack_allowance_available': 700,
      'ena.bw_in_allowance_exceeded': 3,
      'ena.bw_out_allowance_exceeded': 0,
      'ena.pps_allowance_exceeded': 12,
      'ena.linklocal_allowance_exceeded': 11,
    },
    cards: ['eth0', 'eth1'],
    unreadable: null,
  });
});

test('what fails is complained of only where there is such a card', async () => {
  expect(await readAllowance(['eth9'], false, tools)).toMatchObject({ figures: {}, unreadable: null });
  expect((await readAllowance(['eth9'], true, tools)).unreadable).toContain('ethtool');
  expect((await readAllowance(['eth2'], true, tools)).unreadable).toContain('driver');
});

test('real cards are asked, or where there are none whatever is there; never lo, nor what looks like an option', () => {
  card('lo');
  card('veth1');
  card('-S');
  expect(findCards(sys)).toEqual({ cards: ['veth1'], ena: false });
  card('eth0', 'ena');
  expect(findCards(sys)).toEqual({ cards: ['eth0'], ena: true });
  expect(findCards(join(sys, 'nowhere'))).toEqual({ cards: [], ena: false });
});
