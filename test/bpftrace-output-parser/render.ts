import type { BpftraceParseError, BpftraceRecord } from 'bpftrace-output-parser';

/** A record in one line that shows every value, number and bigint told apart, for tests to compare. */
export function render(record: BpftraceRecord): string {
  const { type, notes, ...rest } = record;
  const body =
    'entries' in record
      ? `${record.name} ${record.entries.map(({ key, keyText, value }) => entry(key, keyText, value)).join(' ')}`
      : Object.entries(rest)
          .map(([name, value]) => `${name}=${renderValue(value)}`)
          .join(' ');
  return `${type} ${body}${notes.length > 0 ? `  (${notes.join(', ')})` : ''}`;
}

function entry(key: readonly string[], keyText: string, value: unknown): string {
  const plain = key.join(',') === keyText || key.join(', ') === keyText;
  const shown = key.length === 0 ? '' : JSON.stringify(key);
  return `${shown}${plain ? '' : `<${JSON.stringify(keyText)}>`}=${renderValue(value)}`;
}

export function renderValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(renderValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if ('min' in value && 'max' in value && 'count' in value) {
    return `${limit(value.min)}..${limit(value.max)}:${renderValue(value.count)}`;
  }
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${renderValue(field)}`);
  return `{${fields.join(', ')}}`;
}

function limit(value: unknown): string {
  return value === null ? '' : renderValue(value);
}

export function renderError({ code, line, offset, text }: BpftraceParseError): string {
  return `! ${code} at line ${line}, byte ${offset}: ${JSON.stringify(text)}`;
}
