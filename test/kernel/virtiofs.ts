import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import type { TaggedShare } from './qemu.js';

/** A share and the socket at which its daemon waits for the guest. */
export interface ServedShare extends TaggedShare {
  readonly socket: string;
}

/** Debian 12 has it beside QEMU, later ones in a package of its own. */
const places = ['/usr/lib/qemu/virtiofsd', '/usr/libexec/virtiofsd'];

/** Serves folders to a guest by virtiofs; each daemon ends with the guest, or with this process. */
export async function serveByVirtiofs(
  shares: readonly TaggedShare[],
): Promise<{ shares: readonly ServedShare[]; close: () => Promise<void> }> {
  const program = places.find((place) => existsSync(place));
  if (program === undefined) throw new Error(`there is no virtiofsd (${places.join(', ')})`);
  const folder = await mkdtemp(join(tmpdir(), 'ctdiag-virtiofs-'));
  const served = shares.map((share) => ({ ...share, socket: join(folder, share.tag) }));
  const daemons = served.map(({ socket, hostPath, readOnly }) =>
    execa(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', program, `--socket-path=${socket}`],
        // What is read-only in the guest does not change on the host either.
        ...['-o', `source=${hostPath},sandbox=chroot,cache=${readOnly ? 'always' : 'none'}`],
      ],
      { stdin: 'ignore', reject: false },
    ),
  );
  const close = async (): Promise<void> => {
    for (const daemon of daemons) daemon.kill('SIGKILL');
    await Promise.all(daemons);
    await rm(folder, { recursive: true });
  };
  for (const [index, { socket, hostPath }] of served.entries()) {
    const ended = daemons[index]?.then(({ stderr }) => stderr);
    while (!existsSync(socket)) {
      const said = await Promise.race([ended, wait(50)]);
      if (said === undefined) continue;
      await close();
      throw new Error(`virtiofsd does not serve ${hostPath}: ${said}`);
    }
  }
  return { shares: served, close };
}
