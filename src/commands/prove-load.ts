import { createInterface } from 'node:readline';
import { runLoad } from '../prove/load/run-load.js';
import { EXIT, UserError } from '../exit.js';

/** The load is over long before; a host that cannot do it in this time is to be left alone. */
const LONGEST_MS = 40_000;

/**
 * The load of `doctor --prove`, in a process of its own: doctor writes the namespace that it is in itself as the first
 * line of standard input, and holds that open while it lives.
 */
export async function proveLoad(finish: (exitCode: number) => void): Promise<void> {
  const netns = await new Promise<number | null>((resolve) => {
    const lines = createInterface({ input: process.stdin });
    let isTold = false;
    lines.once('line', (line) => {
      isTold = true;
      resolve(/^[1-9]\d{0,11}$/.test(line) ? Number(line) : null);
    });
    lines.once('close', () => {
      // Whoever would read the report is gone.
      if (isTold) finish(EXIT.missing);
      else resolve(null);
    });
  });
  if (netns === null) throw new UserError(EXIT.usage, 'prove-load is a part of `ctdiag doctor --prove`.');
  setTimeout(() => finish(EXIT.missing), LONGEST_MS).unref();
  const report = await runLoad(netns);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  finish('refused' in report ? EXIT.missing : EXIT.ok);
}
