/** A line of text, and the notes of decoding it. */
export interface TextLine {
  readonly line: string;
  readonly notes: number;
}

/** Tells lines of bpftrace's diagnostics from a program's own output. */
interface Diagnostics {
  /** Takes a line that is or may be part of one; gives back those that turned out not to be. */
  take(line: string, notes: number): readonly TextLine[] | undefined;
  /** Gives back what is held of one that is not complete. */
  giveUp(): readonly TextLine[];
  /** Whether one is not complete. */
  isOpen(): boolean;
}

const LOCATED = /^\S{1,400}?:\d{1,9}:\d{1,9}(?:-\d{1,9})?: (?:WARNING|ERROR): /;
/** Of a place that spans lines no source is quoted. */
const SPANNING = /^\S{1,400}?:\d{1,9}-\d{1,9}: (?:WARNING|ERROR): /;
/** Behind the headline: up to two more lines of the message, the line of the source, and the marker under it. */
const MOST_LINES = 5;

/**
 * bpftrace 0.24 to 0.26 write the compiler's warnings to stdout, and 0.16 to 0.23 those of failed helpers: a
 * headline with its place in the script, the line of the source, a row of `~` under it, and from 0.24 perhaps a
 * hint. Only the whole of that is one: a program may print a line like the headline.
 */
export function createDiagnostics(report: (line: TextLine) => void): Diagnostics {
  let held: TextLine[] = [];
  let mayHint = false;

  function giveUp(): readonly TextLine[] {
    const back = held;
    held = [];
    return back;
  }

  return {
    take(line, notes) {
      const hint = mayHint && line.startsWith('HINT: ');
      mayHint = false;
      if (held.length === 0) {
        if (LOCATED.test(line)) held.push({ line, notes });
        else if (hint || SPANNING.test(line)) report({ line, notes });
        else return undefined;
        return [];
      }
      if (LOCATED.test(line)) return [...giveUp(), { line, notes }];
      const source = held.length > 1 ? held.at(-1)?.line : undefined;
      held.push({ line, notes });
      if (source !== undefined && isMarker(line, source)) {
        for (const part of giveUp()) report(part);
        mayHint = true;
        return [];
      }
      return held.length < MOST_LINES ? [] : giveUp();
    },
    giveUp,
    isOpen: () => held.length > 0,
  };
}

/** Whether a line is the row of `~` under a part of the source. */
function isMarker(line: string, source: string): boolean {
  if (line.length > 4 * source.length + 4) return false;
  const marker = line.trim();
  return marker !== '' && (/^~+$/.test(marker) || /^\^+$/.test(marker)) && source.trim() !== '';
}
