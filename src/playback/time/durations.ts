const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A duration as people write it (`10s`, `500ms`, `5m`, `1h30m`; a bare number is seconds) in milliseconds; `null` when it is none. */
export function parseDuration(text: string): number | null {
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  if (!/^(\d+(\.\d+)?(ms|min|s|m|h|d))+$/.test(text)) return null;
  let total = 0;
  for (const [, figure = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|min|s|m|h|d)/g))
    total += Number(figure) * (UNIT_MS[unit] ?? 0);
  return Number.isFinite(total) ? Math.round(total) : null;
}
