import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { NetworkFix, Subject } from '../../../src/diagnose/index.js';
import type { SettingsRecord } from '../../../src/records/index.js';
import { fixWords } from '../../../src/render/index.js';
import { NOTHING_SET, sysctlFile } from '../../limits/settings.js';

const HOST: Subject = { kind: 'netns', netns: 1, label: null };
const FIXES: readonly NetworkFix[] = [
  { id: 'raise-conntrack-buckets', from: 1024, to: 65_536 },
  { id: 'widen-nat', subject: HOST },
  { id: 'shorten-time-wait', subject: HOST },
  { id: 'find-clashes', subject: HOST },
  { id: 'find-firewall-rule', subject: HOST, port: 1883 },
  { id: 'raise-gc-thresh', family: 'ipv6', from: 1024, to: 4096 },
  { id: 'widen-port-range', subject: HOST, low: 32_768, high: 60_999 },
  { id: 'reuse-time-wait', subject: HOST, from: 2 },
  {
    id: 'more-addresses',
    ports: { netns: 1, source: 'fd00::1', destination: 'fd00::2', port: 443, used: 9, timeWait: 0 },
  },
  { id: 'raise-netdev-backlog', from: 1000, to: 4000 },
  { id: 'leave-cloud-tracking' },
];

describe('remedies of the network', () => {
  it.each(FIXES)('$id is shell that can be pasted', (fix) => {
    const { command, persist, undo } = fixWords(fix);
    for (const text of [command, persist, undo])
      if (text !== null) execFileSync('bash', ['-n', '-c', text], { stdio: 'pipe' });
    // What is kept can be taken back, each file by its name.
    for (const [, path = ''] of (persist ?? '').matchAll(/> (\S+)/g)) expect(undo).toContain(path);
  });

  it('conntrack is loaded before its sysctls are read', () => {
    for (const fix of FIXES) {
      const { persist } = fixWords(fix);
      if (persist?.includes('nf_conntrack_') === true) expect(persist).toContain('/etc/modules-load.d/');
    }
  });

  it.each([
    ['netns far', 'ip netns exec far sysctl -w '],
    ['netns of node(812)', 'nsenter -t 812 -n sysctl -w '],
    // A process may call itself what it likes; what it is called never reaches the shell.
    ['netns of $(reboot)(7)(812)', 'nsenter -t 812 -n sysctl -w '],
    ['netns a;reboot', 'sysctl -w '],
  ])('the command enters %s', (label, start) => {
    const fix = fixWords({ id: 'shorten-time-wait', subject: { kind: 'netns', netns: 5, label } });
    expect(fix.command?.startsWith(start)).toBe(true);
    expect(fix.persist).toBeNull();
  });
});

describe('what keeps a remedy', () => {
  const FIX: NetworkFix = { id: 'raise-netdev-backlog', from: 1000, to: 4000 };
  const mind = (name: string, more: Partial<SettingsRecord> = {}): string =>
    fixWords(FIX, {
      ...NOTHING_SET,
      sysctlFiles: [sysctlFile(name, [['net/core/netdev_max_backlog', '1000']])],
      ...more,
    }).caveat;

  it('names the line that a boot reads after it', () => {
    const words =
      '/etc/sysctl.d/99-tuning.conf:1 sets net.core.netdev_max_backlog to 1,000 after that file at boot: change that line as well, or it will not stay; ';
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
