/** Of a text that goes to a file, a pipe or a chat. */
export const WIDTH = 80;

/** A word that is longer than a line (a name out of a file may be), in pieces that are not. */
function splitWord(word: string, room: number): string[] {
  if (word.length <= room) return [word];
  const found: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece.length + character.length > room) {
      found.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...found, piece];
}

/** Breaks at spaces to `width` columns; `mark` opens the first line, the others are indented to match. */
export function wrap(text: string, indent = '', mark = '', width = WIDTH): string[] {
  const start = indent.length + mark.length;
  const room = width - start;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((text) => splitWord(text, room))) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map(
    (line, index) => `${index === 0 ? `${indent}${mark}` : ' '.repeat(start)}${line}`,
  );
}

export type Wrap = (text: string, indent?: string, mark?: string) => string[];

/** {@link wrap} to the width of a terminal. */
export function wrapTo(width: number): Wrap {
  return (text, indent, mark) => wrap(text, indent, mark, width);
}
