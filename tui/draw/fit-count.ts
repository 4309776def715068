import { formatCount, formatLimit } from '../../src/render/index.js';

const SUFFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** A count in full where it fits, else shortened: `65,536`, `2.1G`. */
export function fitCount(value: number | null, width: number): string {
  const full = formatCount(value);
  if (value === null || full.length <= width) return full;
  let rest = value;
  let power = 0;
  while (rest >= 999.5 && power < SUFFIXES.length - 1) {
    rest /= 1000;
    power += 1;
  }
  return `${rest >= 99.5 ? Math.round(rest) : rest.toFixed(1)}${SUFFIXES[power] ?? ''}`;
}

/** A limit, likewise; `none` where `no limit` does not fit. */
export function fitLimit(value: number | null, width: number): string {
  const full = formatLimit(value);
  if (full.length <= width) return full;
  return full === formatCount(value) ? fitCount(value, width) : 'none';
}
