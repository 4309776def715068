import { homedir } from 'node:os';
import { join } from 'node:path';
import { safeText } from '../../render/safe-text.js';
import { readSettingsFile } from './settings-file.js';
import { parseSettings } from './settings-json.js';
import { describeError, isAbsent, isDenied } from '../../errno.js';
import { EXIT, UserError } from '../../exit.js';

/** So many mistakes are told; a file with more is no settings file. */
const MAX_MISTAKES = 20;
/** Characters of a wrong value that are repeated. */
const MAX_SHOWN = 60;

/** Where the settings are looked for when no `--config` names a file: the XDG base directory. */
export function configPath(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  // https://specifications.freedesktop.org/basedir-spec: a relative path is to be ignored.
  return join(xdg.startsWith('/') ? xdg : join(env['HOME'] ?? homedir(), '.config'), 'ctdiag', 'config.json');
}

/** A setting that a file may hold. */
export interface ConfigSetting {
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
  settings: readonly ConfigSetting[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): ReadonlyMap<string, unknown> {
  const path = asked ?? configPath(env);
  const text = readOrNothing(path, asked !== null);
  if (text === null) return new Map();
  const wrong = (line: number, why: string): UserError =>
    new UserError(EXIT.usage, `${safeText(path)}, line ${line}: ${safeText(why)}`);
  const entries = parseSettings(text);
  if ('why' in entries) throw wrong(entries.line, entries.why);
  const byName = new Map(settings.map((setting) => [setting.name, setting]));
  const found = new Map<string, unknown>();
  // All of them at once: fixing one only to be told of the next is no way to spend a night.
  const mistakes: UserError[] = [];
  for (const { name, value, line, partLines } of entries) {
    const setting = byName.get(name);
    if (setting === undefined) {
      mistakes.push(
        wrong(line, `there is no setting ${shorten(name)}; there are ${[...byName.keys()].join(', ')}.`),
      );
      continue;
    }
    try {
      const read = setting.read(value, (part, why) => wrong(partLines.get(part) ?? line, why));
      if (read === undefined)
        mistakes.push(wrong(line, `"${name}" cannot be ${shorten(value)}; give ${setting.allowed}.`));
      else found.set(name, read);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      mistakes.push(error);
    }
  }
  if (mistakes.length > 0) throw new UserError(EXIT.usage, describeMistakes(mistakes));
  return found;
}

/** The text of the file; `null` where none is and none was asked for. */
function readOrNothing(path: string, isRequired: boolean): string | null {
  try {
    return readSettingsFile(path);
  } catch (error) {
    // Under setpriv or a service HOME may still be another user's: then there are no settings of ours.
    if (!isRequired && (isAbsent(error) || isDenied(error))) return null;
    const toDo = isAbsent(error) ? '' : ' Fix or delete the file.';
    throw new UserError(
      EXIT.usage,
      `The settings in ${safeText(path)} cannot be read: ${describeError(error)}.${toDo}`,
      { cause: error },
    );
  }
}

function describeMistakes(mistakes: readonly UserError[]): string {
  const lines = mistakes.slice(0, MAX_MISTAKES).map(({ message }) => message);
  const more = mistakes.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more mistakes in this file.`] : [])].join('\n');
}

/** A name or a value as it stands in the file, no longer than a person reads. */
export function shorten(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
