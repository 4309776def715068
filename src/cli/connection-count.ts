import { formatCount } from '../render/numbers.js';
import { MOST_CONNECTIONS } from '../plan/target.js';

/** How many connections were asked for; the sentence of a refusal otherwise. */
export function connectionCount(text: string): number | string {
  const plain = text.replace(/(?<=\d)[_,](?=\d{3})/g, '');
  const match = /^(\d{1,15})([kKmM]?)$/.exec(plain);
  if (match === null) return 'Give a number of connections such as 1000000 or 1M.';
  const count =
    Number(match[1]) * { '': 1, k: 1000, m: 1_000_000 }[(match[2] ?? '').toLowerCase() as '' | 'k' | 'm'];
  if (count === 0) return 'Give at least 1 connection.';
  if (count > MOST_CONNECTIONS)
    return `The kernel counts no further than ${formatCount(MOST_CONNECTIONS)} connections.`;
  return count;
}
