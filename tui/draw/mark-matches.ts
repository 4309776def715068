import { filterWords, positionsOf } from './filter.js';
import type { Line, Segment } from './line.js';
import { textOf } from './line.js';

/** The line with each word of the filter marked, wherever its segments break; case is ignored. */
export function markMatches(line: Line, filter: string): Line {
  if (filter === '') return line;
  const text = textOf(line).toLowerCase();
  const marked = new Set<number>();
  for (const word of filterWords(filter))
    for (const at of positionsOf(text, word))
      for (let index = at; index < at + word.length; index += 1) marked.add(index);
  if (marked.size === 0) return line;
  let start = 0;
  return line.flatMap((segment): Segment[] => {
    const pieces = splitAtMarks(segment, start, marked);
    start += segment.text.length;
    return pieces;
  });
}

function splitAtMarks({ text, tone }: Segment, start: number, marked: ReadonlySet<number>): Segment[] {
  const pieces: { text: string; tone: Segment['tone'] }[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const wanted = marked.has(start + index) ? 'inverse' : tone;
    const last = pieces.at(-1);
    if (last?.tone === wanted) last.text += text.charAt(index);
    else pieces.push({ text: text.charAt(index), tone: wanted });
  }
  return pieces;
}
