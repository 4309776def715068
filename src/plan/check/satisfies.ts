import { parseFigure } from '../setting.js';

/** Settings with a maximum instead of a minimum. */
const AT_MOST: readonly string[] = [
  'net.netfilter.nf_conntrack_tcp_timeout_established',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
];
/** For settings with three figures: the index of the one that is compared. */
const DECIDES: Readonly<Record<string, number>> = {
  'net.ipv4.tcp_mem': 2,
  'net.ipv4.tcp_rmem': 1,
  'net.ipv4.tcp_wmem': 1,
};

/** Whether a running value is enough for the planned value; `null` if either is not a number. */
export function satisfies(name: string, running: string, wanted: string): boolean | null {
  // 0 means unlimited, up to Linux 6.18.
  if (name === 'net.netfilter.nf_conntrack_max' && parseFigure(running.trim()) === 0) return true;
  const is = decisiveFigure(name, running);
  const should = decisiveFigure(name, wanted);
  if (is === null || should === null) return null;
  return AT_MOST.includes(name) ? is <= should : is >= should;
}

function decisiveFigure(name: string, value: string): number | null {
  const words = value.trim().split(/\s+/);
  const place = Object.hasOwn(DECIDES, name) ? (DECIDES[name] ?? 0) : 0;
  return parseFigure(words[place]);
}

/** The current usage of a limit, where a sysctl has it; else `null`. */
export function usedOf(name: string, sysctls: Readonly<Record<string, string>>): number | null {
  switch (name) {
    case 'net.netfilter.nf_conntrack_max':
      return parseFigure(sysctls['net.netfilter.nf_conntrack_count']);
    case 'fs.file-max':
      return parseFigure(sysctls['fs.file-nr']?.split(' ')[0]);
    default:
      return null;
  }
}
