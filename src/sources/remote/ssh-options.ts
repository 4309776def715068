/** How hosts are reached, and what is run there. */
export interface SshOptions {
  /** Settings of ssh(1) instead of those of the user; `null` for the user's own. */
  readonly configFile: string | null;
  /** ctdiag on the other side, as a shell reads it. */
  readonly remoteCommand: string;
  /** With sudo(8), which must not ask for a password. */
  readonly sudo: boolean;
}

/**
 * ssh(1) as it is started: it may not ask anything, because nobody could answer, and gives up a host that says nothing
 * for 15 s. `remoteArgs` are of ctdiag on the other side, and safe for a shell.
 */
export function sshArguments(
  host: string,
  remoteArgs: readonly string[],
  { configFile, remoteCommand, sudo }: SshOptions,
): string[] {
  return [
    '-T',
    ...['BatchMode=yes', 'ConnectTimeout=10', 'ServerAliveInterval=5', 'ServerAliveCountMax=3'].flatMap(
      (option) => ['-o', option],
    ),
    ...(configFile === null ? [] : ['-F', configFile]),
    '--',
    host,
    [...(sudo ? ['sudo -n'] : []), remoteCommand, ...remoteArgs].join(' '),
  ];
}

/** As root that is the shell's own words for a program that is not there. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** ssh's own exit code. */
const SSH_FAILED = 255;

/** Why a stream over ssh ended, a sentence without its end; `said` is the last line of its standard error. */
export function sshEndWords(
  exitCode: number | null,
  said: string,
  { remoteCommand, sudo }: SshOptions,
): string {
  if (exitCode === NOT_FOUND || exitCode === NOT_EXECUTABLE)
    return `${remoteCommand} cannot be run there (${said === '' ? `exit code ${exitCode}` : said}); install ctdiag on that host, or name it with --remote-command`;
  if (exitCode === SSH_FAILED) {
    const hint = /permission denied|password|passphrase/i.test(said)
      ? '; ssh may ask for nothing here, so a key or an agent has to open that host'
      : /host key verification/i.test(said)
        ? '; connect once with ssh to accept the key of that host'
        : '';
    return `${said === '' ? 'ssh ended without a word' : said}${hint}`;
  }
  if (sudo && /a password is required|a terminal is required|not allowed|may not run/i.test(said))
    return `${said}; sudo may ask for nothing here, so it needs NOPASSWD for ctdiag on that host`;
  const how = exitCode === null ? 'was killed' : `ended with ${exitCode}`;
  return said === '' ? `ctdiag ${how} there` : `ctdiag ${how} there: ${said}`;
}
