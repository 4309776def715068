import type { Command } from 'commander';
import { fromOption, toOption } from './options.js';
import { addSshOptions, sshOf } from './ssh-options.js';
import type { SshFlags } from './ssh-options.js';

/** Where the units of the recorder and of the exporter keep it. */
const RING = '/var/lib/ctdiag';

interface FetchFlags extends SshFlags {
  readonly from?: string;
  readonly to?: string;
  readonly ring: string;
  readonly output: string;
}

/** Adds `ctdiag fetch` to the command line. */
export function addFetchCommand(root: Command, finish: (exitCode: number) => void): void {
  const command = root
    .command('fetch')
    .description('copy the minutes before an alert from the flight recorder of other hosts, over ssh')
    .argument('<hosts...>', 'hosts; @FILE is a list of them, - standard input')
    .addOption(fromOption())
    .addOption(toOption())
    .option('--ring <dir>', 'the ring on the other hosts', RING)
    .option('--output <dir>', 'where to write the captures', '.');
  addSshOptions(command).action(async (words: string[], flags: FetchFlags) => {
    const { readHosts } = await import('../commands/hosts/inventory.js');
    const { fetchCaptures } = await import('../commands/fetch.js');
    const span = { from: flags.from ?? null, to: flags.to ?? null };
    const { ring, output: folder } = flags;
    finish(await fetchCaptures({ hosts: readHosts(words), ssh: sshOf(flags), span, ring, folder }));
  });
}
