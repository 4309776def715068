import { Argument, Command, CommanderError } from 'commander';
import { EXIT } from '../exit.js';
import { LOAD_COMMAND } from '../prove/load-command.js';
import { VERSION } from '../version.js';
import { addCaptureCommands } from './captures.js';
import { addDiagnoseCommand } from './diagnose.js';
import { addExporterCommand } from './exporter.js';
import { addFetchCommand } from './fetch.js';
import { addLimitsCommand } from './limits.js';
import { ensureOpenFiles } from './open-files.js';
import { addPlanCommand } from './plan.js';
import { addRecordCommand } from './record.js';
import { addReplayCommand } from './replay.js';
import { SHELLS } from './shells.js';
import type { Shell } from './shells.js';
import { addTopCommand } from './top.js';
import { versionsText } from './versions.js';

const EXIT_CODES = `
Without a command, ctdiag opens top on a terminal.
Times: 10s, 5m, 1h30m; a bare number is seconds. Counts: 65536, 64k, 1.5M, 1e6.

Exit codes: 0 nothing wrong, 1 warning, 2 critical, 3 unknown (diagnose, plan --check);
doctor --prove: 0 no probe is off, 1 one is;
plan: 0 fits, 2 does not fit; plan --apply: 0 applied or declined, 1 lost at next boot;
64 usage, 65 bad data, 69 something needed is missing, 70 bug in ctdiag,
73 cannot create, 74 cannot write; 129, 130, 143 ended by a signal.`;

/** The command line: commands are loaded when they are used, so that each starts fast. */
export function program(finish: (exitCode: number) => void): Command {
  const root = new Command('ctdiag')
    .description('Names the limit that stops new connections to a Linux host.')
    .option('-V, --version', 'print the versions of ctdiag, Node.js, the kernel and bpftrace')
    .on('option:version', () => {
      process.stdout.write(`${versionsText()}\n`);
      throw new CommanderError(EXIT.ok, 'commander.version', VERSION);
    })
    .configureOutput({
      outputError: (text, write) => write(`ctdiag: ${text.trim().replace(/^error: /, '')} (see --help)\n`),
    })
    .addHelpText('after', EXIT_CODES);

  root.hook('preAction', async (_root, command) => {
    ensureOpenFiles();
    // Loaded here, so that help and completion pay nothing for it.
    const { applyConfig } = await import('./settings/apply-config.js');
    const { bindingOf, keyName } = await import('../../tui/state/bindings.js');
    applyConfig(root, command, (key) => bindingOf(keyName(key)) !== undefined);
  });

  addTopCommand(root, finish);
  addRecordCommand(root, finish);
  addReplayCommand(root, finish);
  addDiagnoseCommand(root, finish);
  addCaptureCommands(root, finish);
  addLimitsCommand(root, finish);
  addPlanCommand(root, finish);
  addExporterCommand(root, finish);
  addFetchCommand(root, finish);
  addSelfCommands(root, finish);
  return root;
}

/** Commands about ctdiag itself. */
function addSelfCommands(root: Command, finish: (exitCode: number) => void): void {
  root
    .command('doctor')
    .description('what works on this host, what does not, and the command that fixes it')
    .option(
      '--prove',
      'make small stalls in a network namespace of their own, and compare what the probes count',
    )
    .action(async (flags: { readonly prove?: true }) => {
      const { doctor } = await import('../commands/doctor.js');
      finish(await doctor(flags.prove === true));
    });

  root
    .command('completion')
    .description('print a completion script: source <(ctdiag completion bash)')
    .addArgument(new Argument('<shell>', 'shell').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completion } = await import('./completion.js');
      process.stdout.write(completion(root, shell));
      finish(EXIT.ok);
    });

  root.command(LOAD_COMMAND, { hidden: true }).action(async () => {
    const { proveLoad } = await import('../commands/prove-load.js');
    await proveLoad(finish);
  });

  root.command('man', { hidden: true }).action(async () => {
    const { manPage } = await import('./man-page.js');
    process.stdout.write(manPage(root));
    finish(EXIT.ok);
  });
}
