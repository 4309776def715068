import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fileValueOf } from '../../../src/limits/index.js';
import { openHostFiles } from '../../../src/sources/settings/host-files.js';
import { readSysctlFiles } from '../../../src/sources/settings/sysctl-files.js';
import { NOTHING_SET } from '../../limits/settings.js';
import { plant } from './tree.js';
import type { Planted } from './tree.js';

/** Sysctls that a network namespace has for itself. */
const KEYS: readonly string[] = [
  'net.core.somaxconn',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.conf.lo.rp_filter',
];

/** Runs one of the two readers in a namespace of its own, over the files of `root`, and tells what then holds. */
const SCRIPT = `
set -e
cd "$1"
mkdir -p usr proc etc/sysctl.d run/sysctl.d
mount --bind /usr usr
mount -t tmpfs none usr/local && mkdir -p usr/local/lib/sysctl.d
cp -a local/. usr/local/lib/sysctl.d/ 2>/dev/null || true
mount -t tmpfs none usr/lib/sysctl.d
cp -a vendor/. usr/lib/sysctl.d/ 2>/dev/null || true
ln -sfn usr/lib lib; ln -sfn usr/lib64 lib64; ln -sfn usr/bin bin; ln -sfn usr/sbin sbin
mount --bind /proc proc
for key in $3; do echo "before $key $(sysctl -n $key)"; done
chroot . $2 >/dev/null 2>&1 || true
for key in $3; do echo "after $key $(sysctl -n $key)"; done
`;

function runReader(root: string, reader: string): Map<string, string> | null {
  const names = KEYS.join(' ');
  const run = spawnSync('unshare', ['-m', '-n', 'sh', '-c', SCRIPT, 'sh', root, reader, names], {
    encoding: 'utf8',
  });
  if (run.status !== 0) return null;
  const values = new Map<string, string>();
  for (const line of run.stdout.split('\n')) {
    const [when, key, value] = line.split(' ');
    if (when !== undefined && key !== undefined && value !== undefined) values.set(`${when} ${key}`, value);
  }
  return values;
}

/** The same random trees in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomTree(seed: number): Record<string, Planted> {
  const pick = random(seed);
  const spellings = [
    ...KEYS,
    ...KEYS.map((key) => key.replaceAll('.', '/')),
    'net.core.somaxcon?',
    'net.ipv4.conf.*.rp_filter',
    'net/ipv4/conf/*/rp_filter',
    'net.ipv4.tcp_*n_timeou[a-t]',
    '-net.ipv4.tcp_fin_timeout',
  ];
  const folders = ['etc/sysctl.d', 'run/sysctl.d', 'local', 'vendor'];
  const names = [
    '10-a.conf',
    '50-b.conf',
    '9-c.conf',
    'B.conf',
    'a.conf',
    '.hidden.conf',
    'no.confx',
    '99-z.conf',
  ];
  const files: Record<string, Planted> = {};
  for (let count = 2 + pick(6); count > 0; count -= 1) {
    const path = `${folders[pick(folders.length)] ?? ''}/${names[pick(names.length)] ?? ''}`;
    const lines = Array.from({ length: pick(5) }, () => {
      const key = spellings[pick(spellings.length)] ?? '';
      const value = key.includes('rp_filter') ? pick(3) : 100 + pick(900);
      return ['', '# a comment', '; another', `${key}=${value}`, ` ${key} = ${value} `, `${key}=${value}`][
        pick(6)
      ];
    });
    files[path] = pick(12) === 0 ? { linkTo: '/dev/null' } : lines.join('\n');
  }
  if (pick(3) > 0) files['etc/sysctl.conf'] = `net.core.somaxconn = ${100 + pick(900)}\n`;
  if (pick(2) > 0) files['etc/sysctl.d/99-sysctl.conf'] = { linkTo: '../sysctl.conf' };
  return files;
}

/** As the readers see them: `local` and `vendor` are mounted below /usr only for them. */
function asSeen(files: Readonly<Record<string, Planted>>): Record<string, Planted> {
  return Object.fromEntries(
    Object.entries(files).map(([path, content]) => [
      path.replace(/^local\//, 'usr/local/lib/sysctl.d/').replace(/^vendor\//, 'usr/lib/sysctl.d/'),
      content,
    ]),
  );
}

const READERS = [
  ['systemd-sysctl', '/lib/systemd/systemd-sysctl'],
  ['procps', 'sysctl --system'],
] as const;

const can =
  process.geteuid?.() === 0 &&
  existsSync('/lib/systemd/systemd-sysctl') &&
  runReader(plant({}), 'true') !== null;

test.runIf(can)('the line that counts is the one that systemd and procps let count', () => {
  let set = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    const files = randomTree(seed);
    for (const [reader, program] of READERS) {
      const real = plant(files);
      const seen = plant({ ...asSeen(files), lib: { linkTo: 'usr/lib' } });
      const held = runReader(real, program);
      const settings = { ...NOTHING_SET, reader, sysctlFiles: readSysctlFiles(openHostFiles(seen), reader) };
      for (const key of KEYS) {
        const { wins } = fileValueOf(settings, key);
        if (wins !== null) set += 1;
        expect(
          wins?.value ?? held?.get(`before ${key}`),
          `${reader}, ${key}, seed ${seed}: ${JSON.stringify(files)}`,
        ).toBe(held?.get(`after ${key}`));
      }
      for (const root of [real, seen]) rmSync(root, { recursive: true, force: true });
    }
  }
  expect(set).toBeGreaterThan(50);
});
