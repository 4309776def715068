/** Wider lines of prose are hard to read. */
const WIDEST = 120;
const NARROWEST = 40;

/** How wide a text for standard output is: as its terminal, within reason; 80 columns for a file or a pipe. */
export function terminalWidth(stdout: { readonly isTTY?: boolean; readonly columns?: number }): number {
  const { columns } = stdout;
  // A terminal may not know its size and say 0.
  if (stdout.isTTY !== true || columns === undefined || columns === 0) return 80;
  return Math.min(WIDEST, Math.max(NARROWEST, columns));
}
