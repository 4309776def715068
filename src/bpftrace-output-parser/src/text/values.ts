import { exactInteger } from '../json/integers.js';
import { splitParts } from '../json/keys.js';
import type { BpftraceValue, HistBucket, StatsValue } from '../records.js';

/** A value read out of text, and whether its structure was guessed: text does not mark where strings end. */
interface TextValue {
  readonly value: BpftraceValue;
  readonly guessed: boolean;
}

/** Deeper than any program can nest values; what is nested deeper stays text. */
const MAX_DEPTH = 64;

/**
 * Reads a value as text output prints it. A plain value becomes an integer, a boolean or null only if that
 * prints back as the same text; tuples, arrays and structs are taken apart.
 */
export function readTextValue(text: string, depth = 0): TextValue {
  if (depth > MAX_DEPTH) return { value: text, guessed: true };
  const items = itemsOf(text);
  if (items === undefined) return structOf(text, depth) ?? { value: plainValue(text), guessed: false };
  const read = items.map((item) => readTextValue(item, depth + 1));
  const guessed = read.some((item) => item.guessed || typeof item.value === 'string');
  return { value: read.map((item) => item.value), guessed };
}

/** The items of a tuple `(1, a)` or an array `[1,2]`, or undefined. */
function itemsOf(text: string): string[] | undefined {
  const last = text.charCodeAt(text.length - 1);
  if (text.startsWith('(') && last === 41 && text.includes(', ')) return splitParts(text.slice(1, -1), ', ');
  if (text.startsWith('[') && last === 93) return text.length === 2 ? [] : splitParts(text.slice(1, -1), ',');
  return undefined;
}

function plainValue(text: string): BpftraceValue {
  const integer = integerOfText(text);
  if (integer !== undefined) return integer;
  if (text === 'true') return true;
  if (text === 'false') return false;
  return text === 'null' ? null : text;
}

function structOf(text: string, depth: number): TextValue | undefined {
  if (!text.startsWith('{ .') || !text.endsWith(' }')) return undefined;
  const fields = Object.create(null) as Record<string, BpftraceValue>;
  let guessed = false;
  for (const part of splitParts(text.slice(2, -2), ', ')) {
    const field = /^\.(\w+) = (.*)$/s.exec(part);
    if (field === null) return undefined;
    const read = readTextValue(field[2] ?? '', depth + 1);
    fields[field[1] ?? ''] = read.value;
    guessed ||= read.guessed || typeof read.value === 'string';
  }
  return { value: fields, guessed };
}

function integerOfText(text: string): number | bigint | undefined {
  return text.length <= 21 && /^(?:0|-?[1-9]\d*)$/.test(text) ? exactInteger(BigInt(text)) : undefined;
}

/** A value of `stats()`: in words up to 0.23, as a struct from 0.24. */
export function readTextStats(text: string): StatsValue | undefined {
  const found =
    /^count (-?\d+), average (-?\d+), total (-?\d+)$/.exec(text) ??
    /^\{ \.count = (-?\d+), \.average = (-?\d+), \.total = (-?\d+) \}$/.exec(text);
  if (found === null || text.length > 120) return undefined;
  const [count, average, total] = found.slice(1).map((digits) => exactInteger(BigInt(digits)));
  if (count === undefined || average === undefined || total === undefined) return undefined;
  return { count, average, total };
}

const LIMIT = String.raw`(-?\d{1,20}[KMGTPE]?)`;
const ROW = new RegExp(
  String.raw`^(?:\(\.\.\., ${LIMIT}\)|\[${LIMIT}\]|\[${LIMIT}, (?:\.\.\.|${LIMIT})\)) *(\d{1,20}) \|[@ ]{52}\|$`,
);

/** One row of a hist or lhist, its half-open limits turned into the closed ones of the JSON output. */
export function readHistRow(line: string): HistBucket | undefined {
  if (!line.endsWith('|')) return undefined;
  const found = ROW.exec(line);
  if (found === null) return undefined;
  const [, below, only, from, to] = found;
  const count = exactInteger(BigInt(found[5] ?? '0'));
  if (below !== undefined) return { min: null, max: exactInteger(limitOf(below) - 1n), count };
  if (only !== undefined)
    return { min: exactInteger(limitOf(only)), max: exactInteger(limitOf(only)), count };
  const min = exactInteger(limitOf(from ?? '0'));
  return { min, max: to === undefined ? null : exactInteger(limitOf(to) - 1n), count };
}

/** `2K` is 2048: the suffixes are of 1024, and only exact multiples carry one. */
function limitOf(label: string): bigint {
  const power = 'KMGTPE'.indexOf(label.slice(-1)) + 1;
  const digits = power === 0 || label === '' ? label : label.slice(0, -1);
  return BigInt(digits) * 1024n ** BigInt(power);
}

/** One row of the graph of a tseries (0.24+): its time of day, and the value or null for `-`. */
export function readTseriesRow(line: string): { intervalStart: string; value: BpftraceValue } | undefined {
  const found = /^(\d\d:\d\d:\d\d(?:\.\d+)?) [|*.][ |*.]{51}[|*.] (-?\d{1,20}|-)$/.exec(line);
  if (found === null) return undefined;
  const text = found[2] ?? '-';
  return { intervalStart: found[1] ?? '', value: text === '-' ? null : plainValue(text) };
}

/** Lines of the frame around that graph. */
export function framesTseries(line: string): boolean {
  return /^ +-?\d+ +-?\d+ *$|^hh:mm:ss\S* +\|_+\|$|^ +v_+v$|^<no data>$/.test(line);
}
