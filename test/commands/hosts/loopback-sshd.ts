import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { CLI } from '../../programs.js';

const SSHD = ['/usr/sbin/sshd', '/usr/bin/sshd'].find((file) => existsSync(file));

/** Whether hosts can be reached for real here: by the system's own ssh and sshd. */
export const hasSshd = SSHD !== undefined && spawnSync('ssh', ['-V'], { stdio: 'ignore' }).status === 0;

/** An sshd on loopback, and settings for ssh that know it by several names. */
export interface LoopbackSshd {
  /** For `--ssh-config`: `web-1` to `web-9` are this machine; `refused` does not answer, `stranger` has no key. */
  readonly configFile: string;
  readonly folder: string;
  /** For `--remote-command`: the ctdiag under test. */
  readonly remoteCommand: string;
  stop(): Promise<void>;
}

/** Starts it with keys of its own and those settings more, and waits until it answers. */
export async function startSshd(settings: readonly string[] = []): Promise<LoopbackSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'ctdiag-sshd-'));
  const at = (name: string): string => join(folder, name);
  const port = await freePort();
  for (const name of ['key', 'hostkey']) {
    const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
    if (made.status !== 0) throw new Error(`ssh-keygen: ${made.stderr.toString()}`);
  }
  copyFileSync(at('key.pub'), at('authorized'));
  writeFileSync(
    at('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('hostkey')}`,
      `AuthorizedKeysFile ${at('authorized')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      `PidFile ${at('sshd.pid')}`,
      'MaxStartups 100',
      ...settings,
    ].join('\n'),
  );
  const common = [`UserKnownHostsFile ${at('known')}`, 'StrictHostKeyChecking accept-new', 'LogLevel ERROR'];
  const host = (name: string, ...settings: string[]): string[] => [
    `Host ${name}`,
    ...['HostName 127.0.0.1', `User ${userInfo().username}`, ...settings, ...common].map(
      (line) => `  ${line}`,
    ),
  ];
  writeFileSync(
    at('ssh_config'),
    [
      ...host('web-*', `Port ${port}`, `IdentityFile ${at('key')}`),
      ...host('refused', `Port ${await freePort()}`),
      ...host('stranger', `Port ${port}`, 'IdentityFile none', 'IdentityAgent none'),
    ].join('\n'),
  );
  // As root sshd wants this folder, which a service manager would make.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const daemon = spawn(SSHD ?? 'sshd', ['-D', '-e', '-f', at('sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  daemon.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<void>((resolve) => daemon.once('close', () => resolve()));
  while (!(await answers(port)))
    if (daemon.exitCode !== null) throw new Error(`sshd ended with ${daemon.exitCode}: ${said}`);
  return {
    configFile: at('ssh_config'),
    folder,
    remoteCommand: `${process.execPath} ${CLI}`,
    async stop() {
      daemon.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that nobody listens on at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (isThere: boolean): void => {
      socket.destroy();
      setTimeout(() => resolve(isThere), isThere ? 0 : 20);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
