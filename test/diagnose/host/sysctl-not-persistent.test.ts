import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import type { Finding } from '../../../src/diagnose/index.js';
import { confidenceWords, diagnosisText, fixWords, titleOf } from '../../../src/render/index.js';
import type { SettingsRecord } from '../../../src/records/index.js';
import { NOTHING_SET, sysctlFile } from '../../limits/settings.js';
import { everySecond, HEADER, HOST, kernel, node, windowFrom } from '../../scenarios/stream.js';
import type { Window } from '../../../src/model/index.js';

const FILE = '/etc/sysctl.d/90-conntrack.conf';
const KEY = 'net/netfilter/nf_conntrack_max';
const ASKED: SettingsRecord = { ...NOTHING_SET, sysctlFiles: [sysctlFile(FILE, [[KEY, '262144']])] };

/** A host of 3 GiB, whose own limit is 65,536, with this limit in force and so many entries. */
function host(settings: SettingsRecord, max: number, count = 100): Window {
  return windowFrom(
    everySecond(2, (second) => [
      ...(second === 1 ? [settings] : []),
      node(second * 1000, { 'net.netfilter.nf_conntrack_max': max, 'net.core.netdev_max_backlog': 1000 }),
      kernel(second * 1000, { 'net.netfilter.nf_conntrack_count': count, 'net.core.somaxconn': 4096 }),
    ]),
    { ...HEADER, memTotalBytes: 3 * 1024 ** 3 },
  );
}

function found(window: Window): Finding[] {
  return diagnose(window).findings.filter((finding) => finding.code === 'sysctl-not-persistent');
}

function only(window: Window): Finding {
  const [one, ...rest] = found(window);
  if (one === undefined || rest.length > 0) throw new Error(`${rest.length} findings too many, or none`);
  return one;
}

test('a value that was read before the module loaded is lost, and the udev rule is the fix', () => {
  const finding = only(host(ASKED, 65_536));
  expect(finding).toMatchObject({ severity: 'warning', refused: 0, confidence: 0.95 });
  expect(titleOf(finding, HOST)).toBe(
    'net.netfilter.nf_conntrack_max is 65,536, the kernel default: 262,144 of /etc/sysctl.d/90-conntrack.conf:1 was lost because it is read before the module loads',
  );
  const [fix] = finding.fixes.map((fix) => fixWords(fix));
  expect(fix?.command).toBe('sysctl -w net.netfilter.nf_conntrack_max=262144');
  expect(fix?.persist).toContain('KERNEL=="nf_conntrack"');
  for (const command of [fix?.command, fix?.persist, fix?.undo])
    expect(spawnSync('sh', ['-n', '-c', command ?? '']).status).toBe(0);
});

test('one that no boot has tried yet is told before it is lost', () => {
  const settings = { ...ASKED, bootedAtMs: 1_793_000_000_000 };
  const finding = only(host(settings, 262_144));
  expect(titleOf(finding, HOST)).toMatch(
    /^net\.netfilter\.nf_conntrack_max is 262,144, and will be lost at the next boot/,
  );
  expect(confidenceWords(finding)).toContain('not booted since the file was changed');
});

test('one that the files contradict is told with both', () => {
  const lower = only(host(ASKED, 131_072));
  expect(titleOf(lower, HOST)).toContain(`but ${FILE}:1 says 262,144`);
  expect(lower.fixes.map((fix) => fixWords(fix))[0]).toMatchObject({
    command: 'sysctl -w net.netfilter.nf_conntrack_max=262144',
    persist: null,
  });
  const higher = only(host(ASKED, 500_000));
  expect(higher.fixes.map((fix) => fixWords(fix))[0]?.persist).toContain(
    "'net.netfilter.nf_conntrack_max = 500000'",
  );
});

test('a limit raised by hand is trouble only where what is used depends on it', () => {
  expect(found(host(NOTHING_SET, 262_144, 60_000))).toEqual([]);
  expect(titleOf(only(host(NOTHING_SET, 262_144, 70_000)), HOST)).toContain('70,000 were in use');
});

test('kube-proxy that raises it is none, and one that lowers it is', () => {
  const settings = { ...ASKED, kubeProxy: { pid: 9, comm: 'kube-proxy' } };
  expect(found(host(settings, 524_288))).toEqual([]);
  expect(titleOf(only(host(settings, 131_072)), HOST)).toContain('set by kube-proxy(9)');
});

test.each<[string, SettingsRecord, number]>([
  ['the file is in force', ASKED, 262_144],
  ['nothing is set and nothing was changed', NOTHING_SET, 65_536],
  ['ctdiag sees the files of a container', { ...ASKED, inContainer: true }, 65_536],
  ['nothing is known to read the files, and they merely differ', { ...ASKED, reader: null }, 131_072],
])('there is nothing to say where %s', (_what, settings, max) => {
  expect(found(host(settings, max))).toEqual([]);
});

test('of a namespace that may not be the one of the files nothing is said', () => {
  const settings = { ...NOTHING_SET, sysctlFiles: [sysctlFile(FILE, [['net/core/somaxconn', '65535']])] };
  expect(found(host({ ...settings, inInitNetns: null }, 65_536))).toEqual([]);
  expect(found(host({ ...settings, inInitNetns: false }, 65_536))).toEqual([]);
  expect(found(host({ ...settings, inInitNetns: true }, 65_536))).toHaveLength(1);
});

test('what a hostile file holds comes neither into a command nor onto a terminal', () => {
  const settings = {
    ...NOTHING_SET,
    sysctlFiles: [sysctlFile("/etc/sysctl.d/\u001b[31m'; rm -rf ~;.conf", [[KEY, "1; rm -rf ~ '\u001b[2J"]])],
  };
  const window = host(settings, 131_072);
  const text = diagnosisText(diagnose(window), window);
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  for (const { command, persist, undo } of found(window).flatMap((finding) =>
    finding.fixes.map((fix) => fixWords(fix)),
  ))
    for (const line of [command, persist, undo]) expect(line ?? '').not.toContain('rm -rf');
});
