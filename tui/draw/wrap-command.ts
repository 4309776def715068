import { wrapText } from './cells.js';

/** How the shell reads a character: as itself, within a substitution, within quotes, behind a backslash, or not at all. */
type Context = 'plain' | 'nested' | 'double' | 'single' | 'escaped' | 'comment';

/** Where a row ends: the text up to `end`, what is written behind it, and what the next row begins with. */
interface Cut {
  readonly end: number;
  readonly suffix: string;
  /** From where on the next row goes. */
  readonly next: number;
  readonly prefix: string;
}

/**
 * A shell command over rows that can be selected and pasted as they stand: the shell reads the rows as it reads the
 * command. It is broken between words where that can be; a longer quoted word is broken by a backslash inside of double
 * quotes, or between two single-quoted halves.
 */
export function wrapCommand(command: string, width: number): string[] {
  const contexts = contextsOf(command);
  let start = 0;
  return command.split('\n').flatMap((line) => {
    const ofLine = contexts.slice(start, start + line.length);
    start += line.length + 1;
    return ofLine[0] === 'comment' ? wrapComment(line, width) : wrapLine(line, ofLine, width);
  });
}

/** A comment ends with its row, whatever stands there: each row is one. */
function wrapComment(line: string, width: number): string[] {
  return wrapText(line.replace(/^#\s*/, ''), Math.max(1, width - 2)).map((row) => `# ${row}`);
}

function wrapLine(line: string, contexts: readonly Context[], width: number): string[] {
  const rows: string[] = [];
  let from = 0;
  let prefix = '';
  while (prefix.length + line.length - from > width) {
    const cut = cutOf(line, contexts, from, width - prefix.length);
    if (cut === null) break;
    rows.push(`${prefix}${line.slice(from, cut.end)}${cut.suffix}`);
    ({ next: from, prefix } = cut);
  }
  return [...rows, `${prefix}${line.slice(from)}`];
}

/** The best place to end a row of `room` columns; `null` when there is none, as in very few columns. */
function cutOf(text: string, contexts: readonly Context[], from: number, room: number): Cut | null {
  const isSpace = (at: number): boolean => text[at] === ' ';
  const last = (most: number, fits: (at: number) => boolean): number | null => {
    for (let at = Math.min(from + most, text.length - 1); at > from; at -= 1) if (fits(at)) return at;
    return null;
  };
  const between =
    last(room - 2, (at) => contexts[at] === 'plain' && isSpace(at)) ??
    last(room - 2, (at) => contexts[at] === 'nested' && isSpace(at));
  if (between !== null) return { end: between, suffix: ' \\', next: between + 1, prefix: '' };
  // The shell reads a `$` together with what follows it.
  const inDouble = (at: number): boolean => contexts[at] === 'double' && text[at - 1] !== '$';
  const double = last(room - 1, (at) => inDouble(at) && isSpace(at - 1)) ?? last(room - 1, inDouble);
  if (double !== null) return { end: double, suffix: '\\', next: double, prefix: '' };
  const inSingle = (at: number): boolean => contexts[at] === 'single';
  const single = last(room - 2, (at) => inSingle(at) && isSpace(at - 1)) ?? last(room - 2, inSingle);
  if (single !== null) return { end: single, suffix: "'\\", next: single, prefix: "'" };
  const inWord = last(
    room - 1,
    (at) => contexts[at] === 'plain' && isOfWord(text[at - 1]) && isOfWord(text[at]),
  );
  return inWord === null ? null : { end: inWord, suffix: '\\', next: inWord, prefix: '' };
}

/** A character that is no operator of the shell, nor part of one. */
function isOfWord(character: string | undefined): boolean {
  return /^[\w/.:=,-]$/.test(character ?? '');
}

/** The context of each character; of the first behind an opening quote on, up to and with the closing one, it is quoted. */
function contextsOf(text: string): Context[] {
  /** What is open: quotes, and parentheses, inside of which the shell reads as outside of quotes. */
  const open: ('double' | 'single' | 'parenthesis')[] = [];
  const contexts: Context[] = [];
  for (let at = 0; at < text.length; at = contexts.length) {
    const inner = open.at(-1);
    const character = text[at];
    const context =
      inner === 'double' || inner === 'single' ? inner : inner === 'parenthesis' ? 'nested' : 'plain';
    const isQuoted = context === 'double' || context === 'single';
    if (!isQuoted && character === '#' && /^[\s;]?$/.test(text[at - 1] ?? '')) {
      const [comment = ''] = text.slice(at).split('\n', 1);
      contexts.push(...Array.from({ length: comment.length }, (): Context => 'comment'));
      continue;
    }
    contexts.push(context);
    if (context === 'single') {
      if (character === "'") open.pop();
    } else if (character === '\\') contexts.push('escaped');
    else if (character === '"') {
      if (context === 'double') open.pop();
      else open.push('double');
    } else if (character === "'" && !isQuoted) open.push('single');
    else if (character === '(' && (!isQuoted || text[at - 1] === '$')) open.push('parenthesis');
    else if (character === ')' && inner === 'parenthesis') open.pop();
  }
  return contexts;
}
