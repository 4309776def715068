import { figure } from '../setting.js';

/** Settings where less is what is wanted: entries that vanish sooner, buffers that begin smaller. */
const AT_MOST: readonly string[] = [
  'net.netfilter.nf_conntrack_tcp_timeout_established',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
];
/** Of the settings with three figures, the one that decides. */
const DECIDES: Readonly<Record<string, number>> = {
  'net.ipv4.tcp_mem': 2,
  'net.ipv4.tcp_rmem': 1,
  'net.ipv4.tcp_wmem': 1,
};

/** Whether a value does what a plan wants of it; `null` when either cannot be read as figures. */
export function satisfies(name: string, running: string, wanted: string): boolean | null {
  // A maximum of 0 is none, up to Linux 6.18.
  if (name === 'net.netfilter.nf_conntrack_max' && figure(running.trim()) === 0) return true;
  const is = decisive(name, running);
  const should = decisive(name, wanted);
  if (is === null || should === null) return null;
  return AT_MOST.includes(name) ? is <= should : is >= should;
}

function decisive(name: string, value: string): number | null {
  const words = value.trim().split(/\s+/);
  const place = Object.hasOwn(DECIDES, name) ? (DECIDES[name] ?? 0) : 0;
  return figure(words[place]);
}

/** What is in use of a limit, of the sysctls that say so; `null` where nothing does. */
export function inUse(name: string, sysctls: Readonly<Record<string, string>>): number | null {
  switch (name) {
    case 'net.netfilter.nf_conntrack_max':
      return figure(sysctls['net.netfilter.nf_conntrack_count']);
    case 'fs.file-max':
      return figure(sysctls['fs.file-nr']?.split(' ')[0]);
    default:
      return null;
  }
}
