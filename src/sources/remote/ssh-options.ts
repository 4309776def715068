import { quoted } from '../../shell/quote.js';

/** How hosts are reached, and what is run there. */
export interface SshOptions {
  /** Settings of ssh(1) instead of those of the user; `null` for the user's own. */
  readonly configFile: string | null;
  /** ctdiag on the other side, as a shell reads it. */
  readonly remoteCommand: string;
  /** With sudo(8), which must not ask for a password. */
  readonly sudo: boolean;
  /** An executable of ctdiag here that is copied there, run, and removed; `null` where it is there. */
  readonly push: string | null;
}

/**
 * ssh(1) as it is started: it may not ask anything, because nobody could answer, and gives up a host that says nothing
 * for 15 s. `remoteArgs` are of ctdiag on the other side, and safe for a shell.
 */
export function sshArguments(
  host: string,
  remoteArgs: readonly string[],
  { configFile, remoteCommand, sudo, push }: SshOptions,
): string[] {
  const asRoot = sudo ? ['sudo -n'] : [];
  return [
    '-T',
    // An executable shrinks to a third.
    ...(push === null ? [] : ['-C']),
    ...['BatchMode=yes', 'ConnectTimeout=10', 'ServerAliveInterval=5', 'ServerAliveCountMax=3'].flatMap(
      (option) => ['-o', option],
    ),
    ...(configFile === null ? [] : ['-F', configFile]),
    '--',
    host,
    push === null
      ? [...asRoot, remoteCommand, ...remoteArgs].join(' ')
      : `exec sh -c ${quoted(pushScript([...asRoot, '"$d"/ctdiag', ...remoteArgs].join(' ')))}`,
  ];
}

/**
 * Takes an executable from standard input into a folder that only this user can read, runs `command`, and removes it
 * however that ends: when the connection breaks, ctdiag cannot write any more, and ends as well.
 */
function pushScript(command: string): string {
  return [
    'umask 077',
    `d=$(mktemp -d "\${TMPDIR:-/tmp}/ctdiag-XXXXXXXX") || exit ${CANNOT_COPY}`,
    `trap 'rm -rf "$d"' EXIT`,
    `trap 'exit 129' HUP INT TERM`,
    `{ cat > "$d"/ctdiag && chmod 700 "$d"/ctdiag; } || exit ${CANNOT_COPY}`,
    command,
  ].join('; ');
}

/** As root that is the shell's own words for a program that is not there. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** EX_CANTCREAT of sysexits(3), by the script that copies. */
const CANNOT_COPY = 73;
/** ssh's own exit code. */
const SSH_FAILED = 255;

/** Why a stream over ssh ended, a sentence without its end; `said` is the last line of its standard error. */
export function sshEndWords(
  exitCode: number | null,
  said: string,
  { remoteCommand, sudo, push }: SshOptions,
): string {
  if (sudo && /sudo: (?:command )?not found/.test(said))
    return `sudo is not installed there (${said}); connect as root, or as a user with the rights`;
  if (push !== null && exitCode === CANNOT_COPY)
    return `ctdiag could not be copied there${said === '' ? '' : ` (${said})`}; TMPDIR there needs room for it`;
  if (push !== null && (exitCode === NOT_FOUND || exitCode === NOT_EXECUTABLE))
    return `${push} does not run there (${said === '' ? `exit code ${exitCode}` : said}); it may be for another processor or C library, or its folder there is mounted noexec`;
  if (exitCode === NOT_FOUND || exitCode === NOT_EXECUTABLE)
    return `${remoteCommand} was not found there; install ctdiag on that host, or give --push or --remote-command (${said === '' ? `exit code ${exitCode}` : said})`;
  if (exitCode === SSH_FAILED) {
    const hint = /permission denied|password|passphrase/i.test(said)
      ? '; ssh may ask for nothing here, so a key or an agent has to open that host'
      : /host key verification/i.test(said)
        ? '; connect once with ssh to accept the key of that host'
        : '';
    return `${said === '' ? 'ssh ended without a word' : said.replace(/\.$/, '')}${hint}`;
  }
  if (sudo && /a password is required|a terminal is required|not allowed|may not run/i.test(said))
    return `${said}; sudo may ask for nothing here, so it needs NOPASSWD for ctdiag on that host`;
  const how = exitCode === null ? 'was killed' : exitCode === 0 ? 'ended' : `ended with ${exitCode}`;
  return said === '' ? `ctdiag ${how} there` : `ctdiag ${how} there: ${said}`;
}
