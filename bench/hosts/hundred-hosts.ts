import { spawn } from 'node:child_process';
import { appendFileSync, chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { startSshd } from '../../test/commands/hosts/loopback-sshd.js';

/** Every tenth hangs: half of those answer no TCP connection beyond accepting it, half let one in and say nothing. */
const HANGING_EVERY = 10;

/** Hosts of which some hang, behind real sshd's on loopback. */
export interface HundredHosts {
  readonly configFile: string;
  /** For `@FILE`. */
  readonly inventory: string;
  readonly answering: readonly string[];
  readonly hanging: readonly string[];
  /** What runs on the other side. */
  readonly remoteCommand: string;
  stop(): Promise<void>;
}

/** Starts so many, which all stream what ctdiag `cli` says of this machine, at its pace: one frame a second. */
export async function startHosts(cli: string, count: number): Promise<HundredHosts> {
  const sshd = await startSshd();
  const stuck = await startSshd(['ForceCommand exec sleep 86400']);
  const at = (name: string): string => join(sshd.folder, name);
  const mute = await startMuteServer();
  const names = Array.from({ length: count }, (_, index) => {
    if (index % HANGING_EVERY !== 0) return `web-${index}`;
    return index % (2 * HANGING_EVERY) === 0 ? `mute-${index}` : `stuck-${index}`;
  });
  const [ours, theirs] = [sshd, stuck].map(({ configFile }) => readFileSync(configFile, 'utf8'));
  const silent = `Host mute-*\n  HostName 127.0.0.1\n  Port ${mute.port}\n`;
  writeFileSync(at('all_config'), `${silent}${ours}\n${theirs?.replace('Host web-*', 'Host stuck-*')}`);
  writeFileSync(at('inventory'), `${names.join('\n')}\n`);
  const stopWriting = await writeFrames(cli, at('head'), at('frames'));
  writeFileSync(
    at('remote'),
    // Times count from the connection on, as those of a recorder do.
    `#!/bin/sh
cat ${at('head')}
tail -n 0 -f ${at('frames')} | while IFS='\t' read -r ms before after; do
  base=\${base:-$((ms - ${HEAD_MS}))}
  printf '%s%s%s\\n' "$before" $((ms - base)) "$after"
done
`,
  );
  chmodSync(at('remote'), 0o755);
  return {
    configFile: at('all_config'),
    inventory: at('inventory'),
    answering: names.filter((name) => name.startsWith('web-')),
    hanging: names.filter((name) => !name.startsWith('web-')),
    remoteCommand: at('remote'),
    async stop() {
      stopWriting();
      mute.close();
      await Promise.all([sshd.stop(), stuck.stop()]);
    },
  };
}

/** How long the recording is with which every stream begins. */
const HEAD_MS = 3000;

/** Records this machine for a moment, and writes its last frame again each second, with a tab on both sides of its time. */
async function writeFrames(cli: string, head: string, frames: string): Promise<() => void> {
  const { stdout } = await execa(process.execPath, [cli, 'record', '-', '--source', 'counters', '--quiet'], {
    timeout: HEAD_MS + 2000,
    reject: false,
  });
  const lines = stdout.split('\n').filter((line) => !line.includes('"type":"end"'));
  const ticks = lines.flatMap((line, index) => (line.includes('"type":"tick"') ? [index] : []));
  // A line that is not whole may stand at its end.
  const last = ticks.at(-2) ?? lines.length - 1;
  writeFileSync(head, `${lines.slice(0, last + 1).join('\n')}\n`);
  const frame = lines
    .slice(last + 1, (ticks.at(-1) ?? last) + 1)
    .map((line) => line.replace(/"elapsedMs":\d+/, '"elapsedMs":\t'));
  writeFileSync(frames, '');
  const begunMs = performance.now();
  const timer = setInterval(() => {
    const ms = Math.round(performance.now() - begunMs);
    appendFileSync(frames, `${frame.map((line) => `${ms}\t${line}`).join('\n')}\n`);
  }, 1000);
  return () => clearInterval(timer);
}

/** Accepts connections and says nothing on them. */
async function startMuteServer(): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Milliseconds until ssh alone has run `true` on each host, so many begun at once. */
export async function sshAlone(
  hosts: readonly string[],
  configFile: string,
  atOnce: number,
): Promise<number> {
  const begun = performance.now();
  const options = ['-o', 'BatchMode=yes', '-F', configFile];
  const xargs = spawn('xargs', ['-P', String(atOnce), '-I', '{}', 'ssh', ...options, '--', '{}', 'true'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  xargs.stdin.end(`${hosts.join('\n')}\n`);
  await new Promise((resolve) => xargs.once('close', resolve));
  return performance.now() - begun;
}
