const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };

/** A count as people write it (`65536`, `65,536`, `64k`, `1.5M`, `1e6`); `null` when it is none, or not a whole number. */
export function parseCount(text: string): number | null {
  const plain = text.trim().replace(/(?<=\d)[_,](?=\d{3})/g, '');
  const match = /^(\d{1,15}(?:\.\d{1,9})?(?:e\d{1,2})?)([kmg]?)$/i.exec(plain);
  const factor = FACTORS[match?.[2]?.toLowerCase() ?? '?'];
  if (match === null || factor === undefined) return null;
  // 1.1M is 1100000, which a product of fractions misses by a hair.
  const count = Number((Number(match[1]) * factor).toPrecision(15));
  return Number.isSafeInteger(count) ? count : null;
}
