const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/** A size as people write it (`64M`, `1.5G`, `512K`, `65536`) in bytes; `null` when it is none. */
export function parseSize(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const unit = UNIT_BYTES[match?.[2]?.toUpperCase() ?? '?'];
  return match === null || unit === undefined ? null : Math.round(Number(match[1]) * unit);
}
