import { spawn } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

/** Gives text to a program on its standard input; whether that went well. */
export type PipeTo = (command: string, args: readonly string[], text: string) => Promise<boolean>;

/** OSC 52: the terminal puts the text on the clipboard. One that does not know it, or forbids it, stays silent. */
function clipboardSequence(text: string): string {
  return `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
}

/**
 * Copies text, and says where it went: into the paste buffer of tmux, which answers for it, where ctdiag runs inside
 * of one; else to the terminal, which never says whether it took it.
 */
export async function copyText(
  text: string,
  env: Environment,
  write: (sequence: string) => void,
  pipeTo: PipeTo = pipeToProgram,
): Promise<string> {
  if ((env['TMUX'] ?? '') !== '') {
    // -w also sends it on to the terminal around tmux; tmux before 3.2 does not know it.
    if (await pipeTo('tmux', ['load-buffer', '-w', '-'], text))
      return "in tmux's buffer (prefix ]) and sent to the terminal";
    if (await pipeTo('tmux', ['load-buffer', '-'], text)) return "in tmux's buffer (prefix ])";
  }
  write(clipboardSequence(text));
  return 'sent to the terminal';
}

/** How long tmux may take to answer. */
const PATIENCE_MS = 2000;

function pipeToProgram(command: string, args: readonly string[], text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'ignore'], timeout: PATIENCE_MS });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
    child.stdin.on('error', () => resolve(false));
    child.stdin.end(text);
  });
}
