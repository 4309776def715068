import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createGate } from '../../../src/commands/hosts/connection-gate.js';
import { isHostArgument, readHosts } from '../../../src/commands/hosts/inventory.js';
import { sshArguments, sshEndWords } from '../../../src/sources/remote/ssh-options.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-inventory-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const list = (text: string): string => {
  const path = join(folder, 'hosts');
  writeFileSync(path, text);
  return path;
};

it('reads hosts in order, each once, from arguments and lists with comments', () => {
  const path = list(
    '# the brokers\nmqtt-1\n\nroot@mqtt-2  # the new one\nmqtt-1\nssh://ops@[fd00::1]:2222\n',
  );
  expect(readHosts(['web-07', `@${path}`])).toEqual([
    'web-07',
    'mqtt-1',
    'root@mqtt-2',
    'ssh://ops@[fd00::1]:2222',
  ]);
});

it.each([
  [['-oProxyCommand=x'], /^-oProxyCommand=x on the command line is not a host/],
  [['a b'], /is not a host/],
  [['x;reboot'], /is not a host/],
  [['[web]:22x'], /is not a host/],
  [['[brokers]'], /is not a host/],
  [['web-1:22'], /^web-1:22 on the command line has a port: write ssh:\/\/web-1:22\.$/],
  [[''], /is not a host/],
  [['@/nowhere/hosts'], /^The list of hosts \/nowhere\/hosts cannot be read: no such file or directory\.$/],
])('refuses %j with a sentence', (words, sentence) => {
  expect(() => readHosts(words)).toThrow(sentence);
});

it('names the line of a list that is no host, and refuses an empty list', () => {
  expect(() => readHosts([`@${list('web-1\n-oX\n')}`])).toThrow(/^-oX in line 2 of .*hosts is not a host/);
  expect(() => readHosts([`@${list('web-1 web-2\n')}`])).toThrow(
    /^web-2 in line 1 of .* one host per line\.$/,
  );
  expect(readHosts([`@${list('web-1 ansible_user=root\n')}`])).toEqual(['web-1']);
  expect(() => readHosts([`@${list('# nobody\n')}`])).toThrow(/^There is no host in /);
  expect(() => readHosts([`@${list(Array.from({ length: 1001 }, (_, n) => `h${n}`).join('\n'))}`])).toThrow(
    /^1001 hosts were given; 1000 is the most\./,
  );
});

it.each([
  ['web-07', true],
  ['root@10.0.0.1', true],
  ['@hosts', true],
  ['-', false],
  ['web.ctd.gz', false],
  ['./web-07', false],
  ['captures/web', false],
  ['package.json', false],
])('takes %s for a host: %s', (word, isHost) => {
  expect(isHostArgument(word)).toBe(isHost);
});

it('lets so many connections begin at once, and the others when one of them is greeted', async () => {
  const gate = createGate(2);
  const entered: number[] = [];
  const leaving: (() => void)[] = [];
  const enter = async (number: number): Promise<void> => {
    leaving.push(await gate.enter());
    entered.push(number);
  };
  const all = [1, 2, 3, 4].map((number) => enter(number));
  await Promise.all(all.slice(0, 2));
  expect(entered).toEqual([1, 2]);
  leaving[0]?.();
  leaving[0]?.();
  await all[2];
  expect(entered).toEqual([1, 2, 3]);
  leaving[1]?.();
  await all[3];
  expect(entered).toEqual([1, 2, 3, 4]);
});

const OPTIONS = { configFile: null, remoteCommand: 'ctdiag', sudo: false, push: null };

it('gives ssh the host behind --, and ctdiag with sudo where that is asked for', () => {
  const args = sshArguments('web-1', ['record', '-'], { ...OPTIONS, configFile: '/c', sudo: true });
  expect(args.slice(-4)).toEqual(['/c', '--', 'web-1', 'sudo -n ctdiag record -']);
  expect(args).toContain('BatchMode=yes');
});

it.each([
  [255, 'Host key verification failed.', /connect once with ssh to accept the key/],
  [255, '', /^ssh ended without a word$/],
  [1, 'sudo: a password is required', /NOPASSWD for ctdiag/],
  [126, '', /^ctdiag was not found there; .* \(exit code 126\)$/],
  [70, 'ctdiag: it broke', /^ctdiag ended with 70 there: ctdiag: it broke$/],
  [0, '', /^ctdiag ended there$/],
  [null, '', /^ctdiag was killed there$/],
])('explains exit code %s with %j', (code, said, sentence) => {
  expect(sshEndWords(code, said, { ...OPTIONS, sudo: true })).toMatch(sentence);
});

it.each([
  [73, 'mktemp: No space left on device', /^ctdiag could not be copied there \(mktemp: No space left/],
  [
    126,
    'Exec format error',
    /^\/here\/ctdiag does not run there \(Exec format error\); it may be for another processor/,
  ],
])('explains exit code %s of a copy with %j', (code, said, sentence) => {
  expect(sshEndWords(code, said, { ...OPTIONS, push: '/here/ctdiag' })).toMatch(sentence);
});
