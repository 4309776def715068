import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** Runs the command line as a user does, from source, without a terminal. */
export async function ctdiag(
  args: readonly string[],
  options: { input?: string } = {},
): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', cli, ...args],
    {
      reject: false,
      ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    },
  );
  return { exitCode, stdout, stderr };
}
