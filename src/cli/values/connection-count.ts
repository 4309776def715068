import { formatCount } from '../../render/numbers.js';
import { MOST_CONNECTIONS } from '../../plan/target.js';
import { parseCount } from './counts.js';

/** How many connections were asked for; the sentence of a refusal otherwise. */
export function connectionCount(text: string): number | string {
  const count = parseCount(text);
  if (count === null) return 'Give a number of connections such as 1000000, 64k or 1.5M.';
  if (count === 0) return 'Give at least 1 connection.';
  if (count > MOST_CONNECTIONS)
    return `The kernel counts at most ${formatCount(MOST_CONNECTIONS)} connections.`;
  return count;
}
