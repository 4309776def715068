import { seg } from '../draw/line.js';
import type { Line } from '../draw/line.js';
import { cellRow } from './plot.js';
import type { Curve } from './plot.js';

/**
 * The same curves as columns of blocks, for terminals without Braille. The first curve is filled lightly, the
 * others solid, so that they can be told apart without colour.
 */
export function blockRows(
  curves: readonly Curve[],
  columns: number,
  rows: number,
  top: number,
  limit: number | null,
): Line[] {
  const limitRow = limit === null || limit > top ? -1 : cellRow(limit, rows, top);
  return Array.from({ length: rows }, (_, row): Line => {
    const cells = Array.from({ length: columns }, (_column, column) => {
      for (let index = curves.length - 1; index >= 0; index -= 1) {
        const curve = curves[index];
        const value = curve?.values[column] ?? null;
        if (curve === undefined || value === null || value <= 0) continue;
        if (cellRow(value, rows, top) <= row) return seg(index === 0 ? '░' : '█', curve.tone);
      }
      return seg(row === limitRow ? '┄' : ' ', 'dim');
    });
    return cells;
  });
}
