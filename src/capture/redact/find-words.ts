import { isIPv4, isIPv6 } from 'node:net';

/** Searches text for words that must not be in it. */
export interface WordSearch {
  /** The words that stand in the text in some spelling. */
  find(text: string): string[];
}

/** Shorter words would be found by chance in every other. */
const MIN_LETTERS = 3;

/**
 * Starts a search for these words, in any case, also percent-encoded or escaped as in JSON; addresses in decimal,
 * hexadecimal and with other separators as well.
 */
export function createWordSearch(words: readonly string[]): WordSearch {
  const searched = words
    .map((word) => word.trim())
    .filter((word) => word.length >= MIN_LETTERS)
    .map((word) => ({ word, spellings: spellingsOf(word) }));
  return {
    find(text) {
      const plain = decodeEscapes(text).toLowerCase();
      return searched
        .filter(({ spellings }) => spellings.some((spelling) => spelling.test(plain)))
        .map(({ word }) => word);
    },
  };
}

/** JSON's and percent-encoding's escapes undone, as far as they stand for characters. */
function decodeEscapes(text: string): string {
  const unescaped = text.replace(/\\u([0-9a-f]{4})/gi, (_escape, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return unescaped.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

function spellingsOf(word: string): RegExp[] {
  const lower = word.toLowerCase();
  if (isIPv4(lower)) return spellingsOf4(lower.split('.').map(Number));
  if (isIPv6(lower)) return spellingsOf6(lower);
  return [new RegExp(escapeRegExp(lower), 'u')];
}

function spellingsOf4(bytes: readonly number[]): RegExp[] {
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0'));
  const decimal = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const octal = bytes.map((byte) => `0*${byte.toString(8)}`);
  return [
    // With anything between the numbers that is no letter and no digit, or the word `dot`.
    new RegExp(`(?<!\\d)${bytes.join('(?:[^a-z0-9]{1,3}|[^a-z0-9]*dot[^a-z0-9]*)')}(?!\\d)`, 'u'),
    new RegExp(`(?<![0-9a-z])${octal.join('\\.')}(?!\\d)`, 'u'),
    new RegExp(`(?<!\\d)${decimal}(?!\\d)`, 'u'),
    new RegExp(`(?<![0-9a-f])(?:0x)?${hex.join('[^a-z0-9]?')}(?![0-9a-f])`, 'u'),
  ];
}

function spellingsOf6(address: string): RegExp[] {
  // The WHATWG URL writes an address as RFC 5952 does; its groups without leading zeros.
  const short = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...first, ...new Array<string>(8 - first.length - last.length).fill('0'), ...last];
  const digits = groups.map((group) => group.padStart(4, '0')).join('');
  return [
    new RegExp(`(?<![0-9a-f:])${escapeRegExp(short)}(?![0-9a-f:])`, 'u'),
    new RegExp(groups.map((group) => `0*${group}`).join('[^a-z0-9]'), 'u'),
    new RegExp(digits, 'u'),
    new RegExp(Array.from(digits).reverse().join('\\.'), 'u'),
  ];
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
