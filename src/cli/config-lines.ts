const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/** An object or array that is open at some place of a JSON text. */
interface Open {
  readonly isObject: boolean;
  /** The key under which the text stands now. */
  key: string | null;
  expectsKey: boolean;
}

/**
 * The line, from 1, at which the key at the end of `path` stands in a JSON text that can be parsed; line 1 when
 * there is none. Of a key that is given twice the last counts, as for the parser.
 */
export function lineOfKey(text: string, path: readonly string[]): number {
  const open: Open[] = [];
  let found = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const inner = open.at(-1);
    if (token === '{' || token === '[') {
      open.push({ isObject: token === '{', key: null, expectsKey: token === '{' });
    } else if (token === '}' || token === ']') open.pop();
    else if (token === ',') {
      if (inner?.isObject === true) inner.expectsKey = true;
    } else if (inner?.expectsKey === true) {
      inner.key = String(JSON.parse(token));
      inner.expectsKey = false;
      if (open.length === path.length && open.every((open, depth) => open.key === path[depth])) found = index;
    }
  }
  return text.slice(0, found).split('\n').length;
}
