/**
 * Whether a row passes the filter: it must contain each of its words, case is ignored, and `:80` is port 80, not 8080.
 * An empty filter lets everything pass.
 */
export function matchesFilter(text: string, filter: string): boolean {
  const row = text.toLowerCase();
  return filterWords(filter).every((word) => positionsOf(row, word).length > 0);
}

/** The words of a filter, in lower case. */
export function filterWords(filter: string): string[] {
  return filter
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== '');
}

/** Where a word of a filter stands in a text, both in lower case. */
export function positionsOf(text: string, word: string): number[] {
  const isPort = /^:\d+$/.test(word);
  const found: number[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length))
    if (!isPort || !/\d/.test(text.charAt(at + word.length))) found.push(at);
  return found;
}
