import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHostFiles } from '../../../src/sources/settings/host-files.js';
import { serviceLimit } from '../../../src/sources/settings/units.js';
import { plant } from './tree.js';

/** Where the limit of process 7 in this unit comes from, with these files. */
function limitIn(cgroup: string, files: Readonly<Record<string, string>>): ReturnType<typeof serviceLimit> {
  const root = plant({ 'proc/7/cgroup': cgroup, 'proc/7/status': 'Name:\tx\nUid:\t1000\t1000\n', ...files });
  return serviceLimit(openHostFiles(root), join(root, 'proc'), 7);
}

const BROKER = '0::/system.slice/broker.service\n';

test.each([
  [
    'a later drop-in wins over the unit and an earlier one',
    {
      'usr/lib/systemd/system/broker.service': '[Service]\nLimitNOFILE=1024\n',
      'etc/systemd/system/broker.service.d/10-a.conf': '[Service]\nLimitNOFILE=2048\n',
      'run/systemd/system/broker.service.d/20-b.conf': '# x\n[Service]\nLimitNOFILE = 4096:8192\n',
    },
    { file: '/run/systemd/system/broker.service.d/20-b.conf', line: 3, value: '4096:8192' },
  ],
  [
    'a drop-in of the same name in /etc hides that in /usr/lib',
    {
      'usr/lib/systemd/system/broker.service.d/a.conf': '[Service]\nLimitNOFILE=1\n',
      'etc/systemd/system/broker.service.d/a.conf': '[Service]\nLimitNOFILE=2\n',
    },
    { file: '/etc/systemd/system/broker.service.d/a.conf', line: 2, value: '2' },
  ],
  [
    'the unit in /etc counts, not the one in /usr/lib',
    {
      'usr/lib/systemd/system/broker.service': '[Service]\nLimitNOFILE=1\n',
      'etc/systemd/system/broker.service': '[Unit]\nLimitNOFILE=9\n[Service]\nLimitNOFILE=infinity\n',
    },
    { file: '/etc/systemd/system/broker.service', line: 4, value: 'infinity' },
  ],
])('%s', (_what, files, nofile) => {
  expect(limitIn(BROKER, files)).toEqual({ pid: 7, unit: 'broker.service', nofile, by: 'unit' });
});

test('an instance has the limit of its template', () => {
  const files = { 'etc/systemd/system/broker@.service': '[Service]\nLimitNOFILE=5\n' };
  expect(limitIn('0::/system.slice/system-broker.slice/broker@one.service\n', files).nofile?.value).toBe('5');
});

test('where the unit sets none, or takes it back, it is the default of systemd', () => {
  const files = { 'etc/systemd/system/broker.service': '[Service]\nLimitNOFILE=5\nLimitNOFILE=\n' };
  expect(limitIn(BROKER, files)).toMatchObject({ by: 'manager', nofile: null });
  const manager = { 'etc/systemd/system.conf.d/l.conf': '[Manager]\nDefaultLimitNOFILE=77\n' };
  expect(limitIn(BROKER, { ...files, ...manager })).toMatchObject({
    by: 'manager',
    nofile: { file: '/etc/systemd/system.conf.d/l.conf', line: 2, value: '77' },
  });
});

test('a login has the line for its user before the one for all', () => {
  const session = '0::/user.slice/user-1000.slice/session-3.scope\n';
  const files = {
    'etc/passwd': 'root:x:0:0::/:/bin/sh\nanna:x:1000:1000::/:/bin/sh\n',
    'etc/security/limits.conf': '* soft nofile 1\nanna - nofile 2\n# anna soft nofile 9\n',
    'etc/security/limits.d/50-x.conf': '* soft nofile 3\nanna hard nofile 4\n',
  };
  expect(limitIn(session, files)).toMatchObject({
    by: 'login',
    nofile: { file: '/etc/security/limits.conf', line: 2, value: '2' },
  });
});

test.each([
  ['0::/system.slice/docker-3f2a91c0b1d2.scope\n', 'container'],
  ['0::/\n', null],
  ['', null],
])('in the control group %j it is set by %s', (cgroup, by) => {
  expect(limitIn(cgroup, {})).toMatchObject({ by, nofile: null });
});

test('version 1 of control groups names the unit too', () => {
  expect(limitIn('12:pids:/x\n1:name=systemd:/system.slice/broker.service\n', {}).unit).toBe(
    'broker.service',
  );
});
