import { readFileSync, statSync } from 'node:fs';
import { describeError } from '../../errno.js';
import { EXIT, UserError } from '../../exit.js';
import { safeText } from '../../render/safe-text.js';

/** As many rows a person still looks at; more are metrics, not a screen. */
const MOST_HOSTS = 1000;
/** An inventory of a thousand hosts with comments is far smaller. */
const MAX_INVENTORY_BYTES = 1024 ** 2;

/** What ssh takes for a host: a name or address of its settings, with a user, or a URL. Never an option, never a path. */
const HOST =
  /^(?:ssh:\/\/)?(?:[\p{L}\p{N}_][\p{L}\p{N}_.+-]*@)?(?:[\p{L}\p{N}_][\p{L}\p{N}_.:%+-]*|\[[\p{L}\p{N}.%-]*:[\p{L}\p{N}.:%-]*\])(?::\d+)?$/u;
/** ssh takes no port behind a name, and would look for a host of that name. */
const NAME_AND_PORT = /^[^:/]+:\d+$/;

/** Whether an argument can be a host, and not a capture: captures have a folder or an ending, or are there. */
export function isHostArgument(text: string): boolean {
  if (text.startsWith('@')) return true;
  return HOST.test(text) && !/\.(?:ctd|gz)$/.test(text) && !isThere(text);
}

/** The hosts named by arguments: each a host, `@FILE` a file of them, `-` standard input; in order, each once. */
export function readHosts(words: readonly string[]): readonly string[] {
  const hosts = new Set(words.flatMap((word) => hostsIn(word)));
  if (hosts.size === 0) throw new UserError(EXIT.usage, `There is no host in ${words.join(' ')}.`);
  if (hosts.size > MOST_HOSTS)
    throw new UserError(
      EXIT.usage,
      `${hosts.size} hosts were given; ${MOST_HOSTS} is the most. \`ctdiag exporter\` on each host is for more.`,
    );
  return [...hosts];
}

function hostsIn(word: string): string[] {
  if (word !== '-' && !word.startsWith('@')) {
    checkHost(word, 'on the command line');
    return [word];
  }
  const name = word === '-' ? 'standard input' : word.slice(1);
  return readInventory(word === '-' ? 0 : name, name)
    .split('\n')
    .flatMap((line, index) => {
      const [host = '', ...others] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (host === '') return [];
      const where = `in line ${index + 1} of ${name}`;
      checkHost(host, where);
      // Lists of other programs have settings behind the name.
      const second = others.find((word) => !word.includes('='));
      if (second !== undefined)
        throw new UserError(
          EXIT.usage,
          `${safeText(second, 60)} ${where} stands behind a host: one host per line.`,
        );
      return [host];
    });
}

function readInventory(file: string | 0, name: string): string {
  try {
    if (file !== 0 && statSync(file).size > MAX_INVENTORY_BYTES)
      throw new UserError(EXIT.usage, `${name} is larger than 1 MB, so it is no list of hosts.`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(EXIT.missing, `The list of hosts ${name} cannot be read: ${describeError(error)}.`, {
      cause: error,
    });
  }
}

function checkHost(host: string, where: string): void {
  if (NAME_AND_PORT.test(host))
    throw new UserError(
      EXIT.usage,
      `${safeText(host, 60)} ${where} has a port: write ssh://${safeText(host, 60)}.`,
    );
  if (HOST.test(host) && host.length <= 255) return;
  throw new UserError(
    EXIT.usage,
    `${safeText(host, 60)} ${where} is not a host: give a name, an address, USER@HOST or ssh://USER@HOST:PORT.`,
  );
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
