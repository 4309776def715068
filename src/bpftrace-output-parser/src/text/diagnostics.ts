const HEADLINE = /^(?:\S+:\d+(?::\d+(?:-\d+)?|-\d+)?: )?(?:WARNING|ERROR|HINT|BUG): /;
const MARKER = /^\s*[~^]+$/;
/** Behind the headline: more of the message, the line of the source, and the marker under it. */
const MOST_LINES_BEHIND = 4;

/** Tells lines of bpftrace's diagnostics from a program's own output. */
interface Diagnostics {
  /** Whether this line is one, given the lines that came before. */
  isPartOfOne(line: string): boolean;
  reset(): void;
}

/**
 * bpftrace 0.24 to 0.26 write the compiler's warnings to stdout, and 0.16 to 0.23 those of failed helpers: a
 * headline, and if it has a place in the script, the line of the source and a row of `~` under it.
 */
export function createDiagnostics(): Diagnostics {
  let left = 0;
  return {
    isPartOfOne(line) {
      if (HEADLINE.test(line)) {
        left = /^\S+:\d/.test(line) ? MOST_LINES_BEHIND : 0;
        return true;
      }
      if (left === 0) return false;
      left = MARKER.test(line) ? 0 : left - 1;
      return true;
    },
    reset() {
      left = 0;
    },
  };
}
