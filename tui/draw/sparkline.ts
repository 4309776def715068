const LEVELS = '▁▂▃▄▅▆▇█';

/**
 * One character a value, on a scale from 0 to `top`. 0 is the lowest block, anything above 0 a higher one;
 * unknown is blank, so that it does not look like 0.
 */
export function sparkline(values: readonly (number | null)[], top: number): string {
  return values
    .map((value) => {
      if (value === null) return ' ';
      if (value <= 0 || top <= 0) return '▁';
      const level = 1 + Math.round((Math.min(value, top) / top) * (LEVELS.length - 2));
      return LEVELS[level] ?? '█';
    })
    .join('');
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A horizontal bar of `width` columns, filled for `share` of it; unknown is empty. */
export function bar(share: number | null, width: number): string {
  const filled = Math.min(1, Math.max(0, share ?? 0)) * width * 8;
  // Something is not nothing, and not quite full is not full.
  const eighths = filled > 0 && filled < 1 ? 1 : Math.floor(filled);
  return `${'█'.repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8] ?? ''}`.padEnd(width);
}
