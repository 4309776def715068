import { exactDecimal } from '../kernel/parse.js';

/** A service of IPVS, and the servers that new connections may go to. */
export interface IpvsService {
  readonly port: number;
  /** Of weight above 0, as `address:port`, both as the file or tool writes them. */
  readonly servers: string[];
}

/**
 * /proc/net/ip_vs: `TCP  0A000001:1F90 rr`, and under it ` -> 0A000002:1F90 Masq 1 0 0` with weight, active and inactive
 * connections. Services by firewall mark have no port.
 */
export function parseIpvs(text: string): IpvsService[] {
  const services: IpvsService[] = [];
  let current: IpvsService | null = null;
  for (const line of text.split('\n')) {
    const [first = '', address = '', , weight] = line.trim().split(/\s+/);
    if (first === 'TCP') {
      current = { port: portOf(address), servers: [] };
      services.push(current);
    } else if (first !== '->') current = null;
    else if (current !== null && (exactDecimal(weight) ?? 0) > 0) current.servers.push(address);
  }
  return services.filter(({ port }) => port > 0);
}

/** Lines of `ipvsadm -Ln --thresholds`: how many servers of each service are at their upper threshold. */
export function countOverloaded(lines: readonly string[], port: number): number {
  let overloaded = 0;
  let isAsked = false;
  for (const line of lines) {
    const [first = '', address = '', upper, lower, active, inactive] = line.trim().split(/\s+/);
    if (first !== '->') isAsked = first === 'TCP' && address.endsWith(`:${port}`);
    else if (isAsked && isOverloaded([upper, lower, active, inactive].map((word) => exactDecimal(word))))
      overloaded += 1;
  }
  return overloaded;
}

/** It is full at the upper threshold, and until it has fallen below the lower one, by default three quarters of it. */
function isOverloaded([upper, lower, active, inactive]: readonly (number | null)[]): boolean {
  if (upper == null || upper === 0 || active == null || inactive == null) return false;
  const until = lower == null || lower === 0 ? (upper * 3) / 4 : lower;
  return active + inactive >= until;
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16) || 0;
}
