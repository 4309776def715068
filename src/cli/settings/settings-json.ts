import { createScanner, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';

/** What is wrong with a text that should be JSON: a line, from 1, and a sentence. */
export interface JsonMistake {
  readonly line: number;
  readonly why: string;
}

/** One entry of an object of a settings file. */
export interface JsonEntry {
  readonly name: string;
  readonly value: unknown;
  readonly line: number;
  /** The line of each key when the value is an object itself. */
  readonly partLines: ReadonlyMap<string, number>;
}

/** No setting has more; the parser calls itself for each level. */
const MAX_DEPTH = 20;

/** The entries of a JSON object; comments and a comma after the last entry are allowed. Of a name given twice the last counts. */
export function parseSettings(text: string): readonly JsonEntry[] | JsonMistake {
  const lineAt = lineFinder(text);
  const tooDeepAt = firstTooDeep(text);
  if (tooDeepAt !== null)
    return { line: lineAt(tooDeepAt), why: `this is nested deeper than ${MAX_DEPTH} levels.` };
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined)
    return {
      line: lineAt(error.offset),
      why: `this is not JSON: ${PARSE_ERRORS[printParseErrorCode(error.error)] ?? 'check commas and quotes'}.`,
    };
  if (tree?.type !== 'object') return { line: 1, why: 'settings are a JSON object: { "theme": "light" }.' };
  const entries = new Map(
    propertiesOf(tree).map(([name, value, offset]): [string, JsonEntry] => [
      name,
      {
        name,
        value: toValue(value),
        line: lineAt(offset),
        partLines: new Map(propertiesOf(value).map(([part, , partOffset]) => [part, lineAt(partOffset)])),
      },
    ]),
  );
  return [...entries.values()];
}

/** Where brackets are first nested too deep; `null` where they are not. */
function firstTooDeep(text: string): number | null {
  const scanner = createScanner(text, true);
  let depth = 0;
  // The end of the text begins behind it; after a comment that is not closed it has a length. A string is longer than
  // the bracket it may begin with.
  for (scanner.scan(); scanner.getTokenOffset() < text.length; scanner.scan()) {
    const at = scanner.getTokenOffset();
    const token = scanner.getTokenLength() === 1 ? (text[at] ?? '') : '';
    if ('{['.includes(token) && token !== '') depth += 1;
    if ('}]'.includes(token) && token !== '') depth -= 1;
    if (depth > MAX_DEPTH) return at;
  }
  return null;
}

/** The names, values and places of an object's properties; nothing of what is no object. */
function propertiesOf(node: Node): [name: string, value: Node, offset: number][] {
  if (node.type !== 'object') return [];
  return (node.children ?? []).flatMap(({ children: [name, value] = [], offset }) =>
    name === undefined || value === undefined
      ? []
      : [[String(name.value), value, offset] as [string, Node, number]],
  );
}

/** A node as plain data; objects have no prototype, so that no name reaches one. */
function toValue(node: Node): unknown {
  switch (node.type) {
    case 'object': {
      const object = Object.create(null) as Record<string, unknown>;
      for (const [name, value] of propertiesOf(node)) object[name] = toValue(value);
      return object;
    }
    case 'array':
      return (node.children ?? []).map(toValue);
    default:
      return node.value as unknown;
  }
}

/** Tells the line, from 1, of places in a text; fast for places in order. */
function lineFinder(text: string): (offset: number) => number {
  let known = { offset: 0, line: 1 };
  return (offset) => {
    if (offset < known.offset) known = { offset: 0, line: 1 };
    const breaks = text.slice(known.offset, offset).split('\n').length - 1;
    known = { offset, line: known.line + breaks };
    return known.line;
  };
}

const PARSE_ERRORS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'a word is neither true, false nor null; text needs quotes',
  InvalidNumberFormat: 'a number is not complete',
  PropertyNameExpected: 'a name in double quotes is missing',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a closing } is missing',
  CloseBracketExpected: 'a closing ] is missing',
  EndOfFileExpected: 'there is more after its end',
  UnexpectedEndOfComment: 'a comment is not closed',
  UnexpectedEndOfString: 'a string is not closed',
  UnexpectedEndOfNumber: 'a number is not complete',
  InvalidUnicode: 'a \\u escape is not complete',
  InvalidEscapeCharacter: 'a string holds an unknown escape',
  InvalidCharacter: 'a string holds a control character',
};
