import { StringDecoder } from 'node:string_decoder';

/** No tool that is read here prints a longer line; what is longer is passed over. */
const MAX_LINE_CHARS = 64 * 1024;

/** Splits bytes into lines and holds no more than one of them. */
export interface LineSplitter {
  feed(chunk: Buffer): void;
  /** Hands out a last line that has no newline. */
  end(): void;
}

/** `onLine` gets each line without its newline; empty lines too. A line beyond `maxChars` is handed out cut short. */
export function createLineSplitter(onLine: (line: string) => void, maxChars = MAX_LINE_CHARS): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  /** The line under way was handed out when it became too long. */
  let skipping = false;
  function emit(line: string): void {
    if (skipping) skipping = false;
    else onLine(line.slice(0, maxChars));
  }
  return {
    feed(chunk) {
      const text = decoder.write(chunk);
      let from = 0;
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
        emit(rest + text.slice(from, at));
        rest = '';
        from = at + 1;
      }
      rest += text.slice(from);
      if (rest.length <= maxChars) return;
      if (!skipping) onLine(rest.slice(0, maxChars));
      skipping = true;
      rest = '';
    },
    end() {
      if (rest !== '') emit(rest);
      rest = '';
    },
  };
}
