import { readFile } from 'node:fs/promises';
import { createWordSearch, readRawLines } from '../capture/index.js';
import { describeFileError } from '../errno.js';
import { asUserError, EXIT, UserError } from '../exit.js';
import { safeText } from '../render/index.js';

/** Places that are told of each word; the rest is counted. */
const MAX_PLACES = 3;

/**
 * Searches redacted captures for words that must not be in them, one a line in `wordsFile`. Returns the exit code: 1
 * when any was found.
 */
export async function checkRedacted(paths: readonly string[], wordsFile: string): Promise<number> {
  const words = (await readWords(wordsFile)).split('\n').filter((word) => word.trim() !== '');
  const search = createWordSearch(words);
  const places = new Map<string, string[]>();
  let lines = 0;
  try {
    for (const path of paths)
      for await (const { file, number, text } of readRawLines(path)) {
        lines += 1;
        for (const word of search.find(text)) {
          const found = places.get(word) ?? [];
          places.set(word, found);
          found.push(`${safeText(file)}, line ${number}`);
        }
      }
  } catch (error) {
    throw asUserError(error);
  }
  for (const [word, found] of places) {
    const more = found.length > MAX_PLACES ? ` and ${found.length - MAX_PLACES} more` : '';
    process.stdout.write(`${safeText(word)}: ${found.slice(0, MAX_PLACES).join('; ')}${more}\n`);
  }
  const counted = `${words.length} words, ${lines} lines`;
  process.stderr.write(
    places.size === 0
      ? `ctdiag: none of the words found (${counted}).\n`
      : `ctdiag: ${places.size} of ${words.length} words were found; do not share these captures.\n`,
  );
  return places.size === 0 ? EXIT.ok : EXIT.warning;
}

async function readWords(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = describeFileError(error);
    if (why === null) throw error;
    throw new UserError(EXIT.missing, `${safeText(path)} ${why}.`, { cause: error });
  }
}
