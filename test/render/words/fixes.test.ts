import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FIX_KINDS } from '../../../src/diagnose/index.js';
import type { Fix } from '../../../src/diagnose/index.js';
import { fixWords } from '../../../src/render/index.js';
import type { SettingsRecord } from '../../../src/records/index.js';
import { NOTHING_SET, sysctlFile } from '../../limits/settings.js';
import { ENTRIES, FIX_EXAMPLES, HOST } from './fix-examples.js';

const IDS = Object.keys(FIX_KINDS) as Fix['id'][];
const examplesOf = (id: Fix['id']): Fix[] => FIX_EXAMPLES.filter((fix) => fix.id === id);
const commandsOf = (fix: Fix): string[] => {
  const { command, persist, undo } = fixWords(fix);
  return [command, persist, undo].filter((text) => text !== null);
};

const IS_ROOT = process.getuid?.() === 0;
const has = (...programs: string[]): boolean =>
  programs.every((program) => existsSync(`/usr/bin/${program}`));
/** CAP_SYS_RESOURCE, without which a hard limit cannot be raised. */
const CAPABILITIES = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
const MAY_RAISE_HARD =
  ((BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(CAPABILITIES)?.[1] ?? '0'}`) >> 24n) & 1n) === 1n;

describe.each(IDS)('%s', (id) => {
  it('is shell that can be pasted, in all its forms', () => {
    const texts = [...new Set(examplesOf(id).flatMap(commandsOf))];
    const each = 'for text; do bash -n -c "$text" || { echo "$text"; exit 1; }; done';
    execFileSync('bash', ['-c', each, 'bash', ...texts], { stdio: 'pipe' });
    // No name that another process chose gets into a command.
    expect(texts.filter((text) => text.includes('reboot'))).toEqual([]);
  });

  it('can be taken back, each file by its name', () => {
    for (const fix of examplesOf(id)) {
      const { persist, undo } = fixWords(fix);
      // What a shell of the user does has paths of the user.
      const files = (persist ?? '').matchAll(/(?<!-c '.*)> (\/etc\/\S+|'\/etc\/[^']+'\S*)/g);
      for (const [, path = ''] of files) expect(undo).toContain(path);
    }
  });

  it('changes something, or is called a check', () => {
    for (const fix of examplesOf(id)) {
      const { kind, command, undo, persist } = fixWords(fix);
      if (kind === 'check') expect([undo, persist]).toEqual([null, null]);
      if (kind === 'check') expect(command).not.toMatch(/sysctl -w|> \/(?:etc|proc|sys)|systemctl|prlimit/);
      if (command !== null && kind === 'fix') expect(undo).not.toBeNull();
    }
  });

  it('says what it does in sentences without literary turns', () => {
    for (const fix of examplesOf(id)) {
      const { action, effect, caveat } = fixWords(fix);
      for (const text of [action, effect, caveat])
        expect(text).not.toMatch(/\bmend|\bnobody\b|\bsomebody\b|\bwhoever\b|that which/i);
    }
  });
});

it('conntrack is loaded before its sysctls are read, unless kube-proxy sets them', () => {
  for (const fix of FIX_EXAMPLES) {
    const { persist } = fixWords(fix);
    if (persist?.includes('nf_conntrack_') === true && !persist.startsWith('#') && fix.id !== 'keep-sysctl')
      expect(persist).toContain('/etc/modules-load.d/');
  }
});

describe('a command for another namespace', () => {
  it.each([
    [ENTRIES[1], 'ip netns exec far sysctl -w '],
    [ENTRIES[2], 'nsenter -t 812 -n sysctl -w '],
    [ENTRIES[3], 'nsenter -t $(lsns -no PID 4026532999 | head -n 1) -n sysctl -w '],
  ] as const)('enters it', (entry, start) => {
    if (entry === undefined) throw new Error('no entry');
    const { command, persist, undo } = fixWords({ id: 'reuse-time-wait', entry, from: 2 });
    expect(command?.startsWith(start)).toBe(true);
    expect(undo?.startsWith(start)).toBe(true);
    // The files of the host are not about it.
    expect(persist ?? '').not.toContain('/etc/sysctl.d');
  });

  it.skipIf(!IS_ROOT || !has('lsns', 'nsenter', 'unshare'))('finds the namespace by its number', () => {
    const script =
      'unshare -n sleep 30 & sleeper=$!; ' +
      'until [ "$(readlink /proc/$sleeper/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done; ' +
      'inode=$(readlink /proc/$sleeper/ns/net | tr -dc 0-9); ' +
      'nsenter -t $(lsns -no PID $inode | head -n 1) -n readlink /proc/self/ns/net; readlink /proc/$sleeper/ns/net; kill $sleeper';
    const [entered, wanted] = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n');
    expect(entered).toBe(wanted);
  });
});

describe('what can be run here', () => {
  const run = (script: string): string =>
    execFileSync('bash', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const limitsOf = 'prlimit --pid $pid --nofile -o SOFT,HARD --noheadings';

  const prlimitCases = [
    [
      'up to the hard limit, which stays',
      '512:4096',
      { soft: 4096, hard: 4096 },
      4096,
      ['4096 4096', '512 4096'],
    ],
    ['as high as the hard limit, read by the command', '512:4096', null, null, ['4096 4096', '512 4096']],
    ...(MAY_RAISE_HARD
      ? ([
          ['beyond the hard limit', '512:512', { soft: 2048, hard: 2048 }, 512, ['2048 2048', '512 512']],
        ] as const)
      : []),
  ] as const;

  it.skipIf(!IS_ROOT || !has('prlimit')).each(prlimitCases)(
    'prlimit raises the limit of a process %s, and takes it back',
    (_what, before, to, hard, after) => {
      const { command, undo } = fixWords({
        id: 'raise-nofile',
        process: { pid: 4_194_999, comm: 'x', fds: 1, fdLimit: 512 },
        owner: { kind: 'unknown' },
        soft: 512,
        hard,
        to,
        nrOpenFrom: null,
        nrOpenTo: null,
      });
      const here = (text: string | null): string => (text ?? '').replaceAll('4194999', '$pid');
      const printed = run(
        `sleep 30 & pid=$!; prlimit --pid $pid --nofile=${before}; ${here(command)}; ${limitsOf}; ${here(undo)}; ${limitsOf}; kill $pid`,
      );
      const shown = printed.trim().split('\n');
      expect(shown.map((line) => line.trim().replace(/\s+/g, ' '))).toEqual(after);
    },
  );

  // procps 3.3, of Debian 11 and RHEL 9, passes over empty values in a file and refuses them on the command line.
  const OLD_SYSCTL =
    'sysctl() { if [ "$1" = -p ]; then grep "= *[^ ]" "$2" > $file.old; command sysctl -p $file.old; ' +
    'elif [ "$1" = -w ] && [[ "$2" == *= ]]; then return 255; else command sysctl "$@"; fi; }; ';

  it.skipIf(!IS_ROOT || !has('ss', 'unshare')).each([
    ['reserved ports', '', '5000', 8883, ['1024 65535', '5000,8883', '32768 60999', '5000']],
    ['no reserved port', '', '', 8883, ['1024 65535', '8883', '32768 60999', '']],
    ['none that is listened on either', '', '', 40_000, ['1024 65535', '', '32768 60999', '']],
    ['an older sysctl and no reserved port', OLD_SYSCTL, '', 8883, ['1024 65535', '8883', '32768 60999', '']],
    ['an older sysctl and none to reserve', OLD_SYSCTL, '', 40_000, ['1024 65535', '', '32768 60999', '']],
  ])(
    'local ports of a namespace with %s are widened, and as they were after the undo',
    (_what, tools, reserved, port, wanted) => {
      const { command, undo } = fixWords({ id: 'widen-port-range', entry: HOST, low: 32_768, high: 60_999 });
      const file = '/run/ctdiag-local-ports.undo';
      const here = (text: string | null): string =>
        (text ?? '').replaceAll(file, '$file').replace(/; rm -f \/etc\S*/, '');
      const show = 'command sysctl -n net.ipv4.ip_local_port_range net.ipv4.ip_local_reserved_ports';
      const script =
        `file=$(mktemp -u); ${tools}echo ${reserved} > /proc/sys/net/ipv4/ip_local_reserved_ports; ip link set lo up; ` +
        `node -e 'require("net").createServer().listen(${port}, () => console.log("listens"))' > $file.out & ` +
        `server=$!; until grep -q listens $file.out; do :; done; ` +
        `{ ${here(command)}; } > /dev/null; ${show}; { ${here(undo)}; } > /dev/null; ${show}; kill $server; rm -f $file.*; ls $file 2> /dev/null || :`;
      const printed = execFileSync('unshare', ['-n', 'bash', '-c', script], { encoding: 'utf8' });
      expect(
        printed
          .split('\n')
          .slice(0, -1)
          .map((line) => line.replace(/\s+/g, ' ')),
      ).toEqual(wanted);
    },
  );

  const SETTING: readonly Fix[] = [
    { id: 'shorten-orphans' },
    { id: 'reuse-time-wait', entry: HOST, from: 2 },
    { id: 'enable-syncookies', entry: HOST },
    { id: 'shorten-established', entry: HOST, toSec: 86_400, kubeProxy: null },
    { id: 'shorten-nat-timeouts', entry: HOST, protocol: null },
  ];
  // Where conntrack is not loaded it has no sysctls.
  const isThere = (fix: Fix): boolean =>
    existsSync('/proc/sys/net/netfilter') || !(fixWords(fix).command ?? '').includes('netfilter');

  it.skipIf(!IS_ROOT || !has('unshare')).each(SETTING.filter(isThere))(
    '$id sets sysctls, and its undo restores every one',
    (fix) => {
      const { command, undo } = fixWords(fix);
      const here = (text: string | null): string =>
        (text ?? '').replaceAll(/\/run\/ctdiag-[\w-]+\.undo/g, '$file').replace(/; rm -f \/etc.*/, '');
      const show = "sysctl -a 2> /dev/null | grep '^net[.]' | grep -vE 'nf_conntrack_count|stable_secret'";
      const script =
        `file=$(mktemp -u); sysctl -qw net.ipv4.tcp_syncookies=0; ${show}; echo ==; ` +
        // Pasted twice, it still knows what was there before the first time.
        `{ ${here(command)}; ${here(command)}; } > /dev/null; ${show}; echo ==; { ${here(undo)}; } > /dev/null; ${show}`;
      const printed = execFileSync('unshare', ['-n', 'bash', '-c', script], { encoding: 'utf8' });
      const [before, changed, after] = printed.split('==\n');
      expect(changed).not.toBe(before);
      expect(after).toBe(before);
    },
  );

  it.skipIf(process.platform !== 'linux')('checks of processes and files run', () => {
    expect(run(fixWords({ id: 'find-process-at-nofile' }).command ?? '')).toMatch(
      /^\d+ % \d+ of \d+, pid \d+$/m,
    );
    const listener = {
      netns: 1,
      address: '::',
      port: 1,
      inode: 1,
      acceptQueue: 1,
      backlog: 1,
      drops: null,
      overflows: null,
      owner: { pid: process.pid, comm: 'node' },
    };
    const { command } = fixWords({ id: 'find-accept-wait', listener, entry: HOST });
    // This process has several threads, each with a wait of its own; what the first is called
    // differs between releases of Node.
    const firstThread = readFileSync('/proc/self/comm', 'utf8').trim();
    const waits = run(command ?? '');
    expect(waits).toMatch(new RegExp(String.raw`^ *\d+ ${firstThread} \S*$`, 'm'));
    expect(waits).toMatch(/^Max open files/m);
  });
});

/** What a shell or a tool says of a command that it does not understand. */
const MISUNDERSTOOD =
  /syntax error|unexpected|invalid (?:option|argument|regular)|unrecognized|unknown (?:option|command|argument)|usage:|wrong state|garbage|bogus/i;
/** Programs that not every machine has. */
const TOOLS = ['ss', 'awk', 'conntrack', 'nft', 'ethtool', 'bpftrace', 'lsns', 'nsenter', 'ip', 'prlimit'];

describe.skipIf(!IS_ROOT || process.platform !== 'linux')('each check, as it is printed', () => {
  const isHere = (command: string): boolean =>
    TOOLS.filter((tool) => new RegExp(`\\b${tool} `).test(command)).every((tool) =>
      ['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some((folder) => existsSync(`${folder}/${tool}`)),
    );
  const checks = FIX_EXAMPLES.filter(({ id }) => FIX_KINDS[id] === 'check').flatMap((fix) => {
    const { command, brief } = fixWords(fix);
    return [command, brief].flatMap((text) => (text == null ? [] : [text]));
  });
  // The namespaces of the examples are not here; of bpftrace's programs the kernel tests tell.
  const runnable = [...new Set(checks)].filter(
    (text) => !/netns exec|nsenter|bpftrace/.test(text) && isHere(text),
  );

  it.each(runnable)('%s', { timeout: 120_000 }, (command) => {
    const printed = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect(printed.stderr).not.toMatch(MISUNDERSTOOD);
    // grep finds nothing on a healthy machine; a tool that is used wrongly ends with 2 or more.
    expect(printed.status).toBeLessThanOrEqual(1);
  });

  it('are most of those that there are', () => {
    expect(runnable.length).toBeGreaterThan(10);
  });
});

describe('what keeps a fix', () => {
  const FIX = { id: 'raise-netdev-backlog', from: 1000, to: 4000 } as const;
  const mind = (name: string, more: Partial<SettingsRecord> = {}): string =>
    fixWords(FIX, {
      ...NOTHING_SET,
      sysctlFiles: [sysctlFile(name, [['net/core/netdev_max_backlog', '1000']])],
      ...more,
    }).caveat;

  it('names the line that a boot reads after it', () => {
    const words =
      '/etc/sysctl.d/99-tuning.conf:1 sets net.core.netdev_max_backlog to 1,000 after this file at boot: change that line too, or the setting does not stay. ';
    expect(mind('/etc/sysctl.d/99-tuning.conf')).toBe(`${words}${fixWords(FIX).caveat}`);
  });

  it.each([
    ['a line that is read before it', '/etc/sysctl.d/10-tuning.conf', {}],
    ['the files of a container', '/etc/sysctl.d/99-tuning.conf', { inContainer: true }],
    ['files that nothing reads', '/etc/sysctl.d/99-tuning.conf', { reader: null }],
  ] as const)('says nothing of %s', (_, name, more) => {
    expect(mind(name, more)).toBe(fixWords(FIX).caveat);
  });
});
