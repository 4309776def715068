import { execa } from 'execa';
import { CLI } from '../programs.js';

/** Runs the command line as a user does, without a terminal. */
export async function ctdiag(
  args: readonly string[],
  options: { input?: string } = {},
): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [CLI, ...args], {
    reject: false,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  return { exitCode, stdout, stderr };
}
