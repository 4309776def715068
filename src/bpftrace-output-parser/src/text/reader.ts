import { NO_KEY } from '../json/keys.js';
import { notesOf, NOTE } from '../json/scan.js';
import type { BpftraceRecord, BpftraceValue, HistBucket, TseriesPoint } from '../records.js';
import { createDiagnostics, type TextLine } from './diagnostics.js';
import { closesKey, opensKey, readEntryHead, textKeyParts, type EntryHead } from './entry.js';
import { framesTseries, readHistRow, readTextStats, readTextValue, readTseriesRow } from './values.js';

/** A block of lines that is not complete, and the notes of its lines. */
type Block =
  | { readonly kind: 'key'; readonly lines: string[]; notes: number }
  | { readonly kind: 'head'; readonly head: EntryHead; notes: number }
  | { readonly kind: 'stack'; readonly head: EntryHead; text: string; notes: number }
  | { readonly kind: 'hist'; readonly head: EntryHead; readonly buckets: HistBucket[]; notes: number }
  | { readonly kind: 'tseries'; readonly head: EntryHead; readonly points: TseriesPoint[]; notes: number };

/** Reads text output line by line. */
interface TextReader {
  /** Takes a line; `notes` are those of decoding it. */
  take(line: string, notes: number): void;
  /** Says that no line follows; lines that only looked like the beginning of more are of the type `as`. */
  finish(as: 'noise' | 'text'): void;
  /** Drops the block that is not complete. */
  dropText(): void;
  /** Roughly how many bytes the block that is not complete holds. */
  heldBytes(): number;
  /** Whether a diagnostic is not complete: the next line may quote the source. */
  inDiagnostic(): boolean;
}

/**
 * Whether a line says that the output is text: how many probes are attached, or a map. Both are what bpftrace
 * itself prints, but a program may print the like, so a JSON record still decides otherwise.
 */
export function looksLikeText(line: string): boolean {
  return ATTACHED.test(line) || readEntryHead(line) !== undefined || opensKey(line);
}

const ATTACHED = /^(?:Attaching (\d{1,9}) probes?\.\.\.|Attached (\d{1,9}) probes?)$/;
const LOST = /^Lost (\d{1,15}) events$/;

/** `mayOverflow`: the version may be one whose last bucket of a hist holds all larger values too. */
// eslint-disable-next-line max-lines-per-function -- one closure over the entry that is being read
export function createTextReader(
  onRecord: (record: BpftraceRecord) => void,
  mayOverflow: boolean,
): TextReader {
  let block: Block | undefined;
  let held = 0;
  /** An entry has just been printed; the blank line that some versions put behind it means nothing. */
  let afterEntry = false;
  const diagnostics = createDiagnostics(({ line, notes }) => reportLine(line, notes, 'noise'));

  function take(line: string, notes: number): void {
    if (block !== undefined) {
      if (extend(block, line, notes)) {
        held += line.length;
        return;
      }
      close('text');
      if (line === '' && afterEntry) {
        afterEntry = false;
        return;
      }
    }
    const back = diagnostics.take(line, notes);
    if (back === undefined) start(line, notes);
    else if (back.length === 0) held = diagnostics.isOpen() ? held + line.length : 0;
    else takeBack(back);
  }

  /** Lines that were held for a diagnostic, and are none: the first is a line like any, others may open one. */
  function takeBack([first, ...rest]: readonly TextLine[]): void {
    held = 0;
    if (first !== undefined) reportLine(first.line, first.notes, 'text');
    for (const { line, notes } of rest) take(line, notes);
  }

  /** Takes the line into the block, or tells that it is not part of it. */
  function extend(open: Block, line: string, notes: number): boolean {
    switch (open.kind) {
      case 'key':
        return extendKey(open, line, notes);
      case 'head':
        return extendHead(open, line, notes);
      case 'stack':
        if (!line.startsWith('    ')) return false;
        open.text += `${line}\n`;
        break;
      case 'hist': {
        const bucket = readHistRow(line);
        if (bucket === undefined) return false;
        open.buckets.push(bucket);
        break;
      }
      case 'tseries': {
        const point = readTseriesRow(line);
        if (point !== undefined) open.points.push(point);
        else if (!framesTseries(line)) return false;
        break;
      }
    }
    open.notes |= notes;
    return true;
  }

  function extendKey(open: Block & { kind: 'key' }, line: string, notes: number): boolean {
    const head = closesKey(line) ? readEntryHead([...open.lines, line].join('\n')) : undefined;
    if (head !== undefined) {
      block = undefined;
      entry(head, open.notes | notes);
      return true;
    }
    if (line !== '' && !line.startsWith('    ') && !line.startsWith(', ')) return false;
    open.lines.push(line);
    open.notes |= notes;
    return true;
  }

  function extendHead(open: Block & { kind: 'head' }, line: string, notes: number): boolean {
    const { head } = open;
    const all = open.notes | notes;
    const bucket = readHistRow(line);
    if (bucket !== undefined) block = { kind: 'hist', head, buckets: [bucket], notes: all };
    else if (framesTseries(line)) block = { kind: 'tseries', head, points: [], notes: all };
    else if (!head.bare && line.startsWith('    ')) {
      block = { kind: 'stack', head, text: `\n${line}\n`, notes: all };
    } else return false;
    return true;
  }

  /** Reports the block as it stands; the lines of one that is none are of the type `as`. */
  function close(as: 'noise' | 'text'): void {
    const done = block;
    block = undefined;
    held = 0;
    switch (done?.kind) {
      case undefined:
        return;
      case 'key':
        for (const line of done.lines) reportLine(line, done.notes, as);
        return;
      case 'head':
        if (done.head.bare) report('hist', done.head, [], done.notes);
        else report('map', done.head, '', done.notes);
        return;
      case 'stack':
        report('map', done.head, done.text, done.notes);
        return;
      case 'hist':
        report('hist', done.head, done.buckets, done.notes | overflowOf(done.buckets));
        return;
      case 'tseries':
        report('tseries', done.head, done.points, done.notes);
    }
  }

  function overflowOf(buckets: readonly HistBucket[]): number {
    return mayOverflow && buckets.at(-1)?.max === 4294967295 ? NOTE['buckets-overflowed'] : 0;
  }

  function start(line: string, notes: number): void {
    const head = readEntryHead(line);
    if (head !== undefined) {
      entry(head, notes);
      return;
    }
    if (opensKey(line)) {
      block = { kind: 'key', lines: [line], notes };
      held = line.length;
      return;
    }
    if (line === '' && afterEntry) {
      afterEntry = false;
      return;
    }
    reportLine(line, notes, 'text');
  }

  function reportLine(line: string, notes: number, as: 'noise' | 'text'): void {
    afterEntry = false;
    const attached = ATTACHED.exec(line);
    const lost = LOST.exec(line);
    const shared = notesOf(notes);
    if (attached !== null) {
      onRecord({ type: 'attached_probes', probes: Number(attached[1] ?? attached[2]), notes: shared });
    } else if (lost !== null) onRecord({ type: 'lost_events', events: Number(lost[1]), notes: shared });
    else onRecord({ type: as, text: line, notes: shared });
  }

  function entry(first: EntryHead, firstNotes: number): void {
    let head = first;
    let notes = firstNotes;
    // Up to 0.23 symbols, addresses and stacks are not followed by a newline when another entry comes.
    for (let next = gluedEntry(head); next !== undefined; next = gluedEntry(head)) {
      notes |= NOTE.repaired;
      const rest = head.rest.slice(0, head.rest.length - next.size);
      value({ ...head, rest, guessed: false }, notes);
      head = next.head;
    }
    if (head.rest === '') block = { kind: 'head', head, notes };
    else value(head, notes);
  }

  /** The entry that follows on the same line, and how much of the line it is. */
  function gluedEntry({ name, keyText, rest }: EntryHead): { head: EntryHead; size: number } | undefined {
    const at = keyText === undefined ? -1 : rest.indexOf(`${name}[`);
    const head = at < 0 ? undefined : readEntryHead(rest.slice(at));
    return head === undefined ? undefined : { head, size: rest.length - at };
  }

  function value(head: EntryHead, notes: number): void {
    const stats = readTextStats(head.rest);
    if (stats !== undefined) {
      report('stats', head, stats, notes);
      return;
    }
    const read = readTextValue(head.rest);
    report('map', head, read.value, read.guessed ? notes | NOTE['text-guessed'] : notes);
  }

  function report(type: 'map', head: EntryHead, value: BpftraceValue, notes: number): void;
  function report(
    type: 'stats',
    head: EntryHead,
    value: ReturnType<typeof readTextStats>,
    notes: number,
  ): void;
  function report(type: 'hist', head: EntryHead, value: readonly HistBucket[], notes: number): void;
  function report(type: 'tseries', head: EntryHead, value: readonly TseriesPoint[], notes: number): void;
  function report(type: string, head: EntryHead, value: unknown, notes: number): void {
    const { name, keyText = '' } = head;
    const key = head.keyText === undefined ? NO_KEY : textKeyParts(keyText);
    const split = key.length > 1 && key.some((part) => !/^-?\d+$/.test(part));
    const all = split || head.guessed ? notes | NOTE['key-split-guessed'] : notes;
    afterEntry = true;
    onRecord({ type, name, entries: [{ key, keyText, value }], notes: notesOf(all) } as BpftraceRecord);
  }

  return {
    take,
    finish(as) {
      close(as);
      for (const { line, notes } of diagnostics.giveUp()) reportLine(line, notes, as);
      held = 0;
    },
    dropText() {
      block = undefined;
      diagnostics.giveUp();
      held = 0;
    },
    heldBytes: () => held,
    inDiagnostic: () => diagnostics.isOpen(),
  };
}
