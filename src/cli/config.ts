import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { safeText } from '../render/safe-text.js';
import { lineOfKey } from './config-lines.js';
import { describeError, isAbsent, isDenied } from '../errno.js';
import { EXIT, UserError } from '../exit.js';

/** Where the settings are looked for when no `--config` names a file: the XDG base directory. */
export function configPath(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  // https://specifications.freedesktop.org/basedir-spec: a relative path is to be ignored.
  return join(xdg.startsWith('/') ? xdg : join(env['HOME'] ?? homedir(), '.config'), 'ctdiag', 'config.json');
}

/** A setting that a file may hold. */
export interface Setting {
  readonly name: string;
  /** What it may be, in words, for an error. */
  readonly allowed: string;
  /**
   * The value to use, or `undefined` when it is not allowed. Of a setting that has parts, throws what `wrong` makes
   * of the part and a sentence.
   */
  read(value: unknown, wrong: (part: string, why: string) => UserError): unknown;
}

/**
 * The settings of a file, checked. `asked` is the file that the user named; without it the usual one, which
 * need not be there. Errors name the file, the line and what is allowed.
 */
export function readConfig(
  asked: string | null,
  settings: readonly Setting[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): ReadonlyMap<string, unknown> {
  const path = asked ?? configPath(env);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // Under setpriv or a service HOME may still be another's: then there are no settings of ours.
    if (asked === null && (isAbsent(error) || isDenied(error))) return new Map();
    throw new UserError(
      EXIT.usage,
      `The settings in ${safeText(path)} cannot be read: ${describeError(error)}. Fix or delete the file.`,
      { cause: error },
    );
  }
  const wrong = (line: number, why: string): UserError =>
    new UserError(EXIT.usage, `${safeText(path)}, line ${line}: ${safeText(why)}`);
  const parsed = parse(text, wrong);
  const byName = new Map(settings.map((setting) => [setting.name, setting]));
  const found = new Map<string, unknown>();
  // All of them at once: mending one to be told of the next is no way to spend a night.
  const mistakes: UserError[] = [];
  for (const [name, value] of Object.entries(parsed)) {
    const setting = byName.get(name);
    const mistake = (why: string): void => void mistakes.push(wrong(lineOfKey(text, [name]), why));
    if (setting === undefined) {
      mistake(`there is no setting "${name}"; there are ${[...byName.keys()].join(', ')}.`);
      continue;
    }
    try {
      const read = setting.read(value, (part, why) => wrong(lineOfKey(text, [name, part]), why));
      if (read === undefined)
        mistake(`"${name}" cannot be ${JSON.stringify(value)}; give ${setting.allowed}.`);
      else found.set(name, read);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      mistakes.push(error);
    }
  }
  if (mistakes.length > 0)
    throw new UserError(EXIT.usage, mistakes.map((mistake) => mistake.message).join('\n'));
  return found;
}

function parse(text: string, wrong: (line: number, why: string) => UserError): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1];
    // V8 names no position when the text ends too early.
    const line = text.slice(0, at === undefined ? text.trimEnd().length : Number(at)).split('\n').length;
    throw wrong(line, 'this is not JSON; mind commas and quotes.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw wrong(1, 'settings are a JSON object: { "theme": "light" }.');
  return parsed as Record<string, unknown>;
}
