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

/** Breaks at spaces to 80 columns; `mark` opens the first line, the others are indented to match. */
export function wrap(text: string, indent = '', mark = ''): string[] {
  const start = indent.length + mark.length;
  const room = WIDTH - start;
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
