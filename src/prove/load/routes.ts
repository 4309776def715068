import { existsSync } from 'node:fs';
import { runTool } from './tools.js';

const TABLE = '100';

/** Brings loopback up, and makes room before the rule by which local addresses are found. */
export function prepareRoutes(): void {
  runTool('ip', ['link', 'set', 'lo', 'up']);
  for (const family of [4, 6] as const) {
    if (family === 6 && !hasIpv6()) continue;
    // To a unicast route out of `lo` IPv4 delivers all the same; to one of type multicast only where a group was joined.
    const route = family === 4 ? 'multicast 127.0.0.1/32' : 'default';
    const lines = [
      `route add ${route} dev lo table ${TABLE}`,
      'rule add pref 20 lookup local',
      'rule del pref 0',
    ];
    runTool('ip', [`-${family}`, '-batch', '-'], `${lines.join('\n')}\n`);
  }
}

/** Whether this namespace has IPv6. */
export function hasIpv6(): boolean {
  return existsSync('/proc/net/if_inet6');
}

/** What is lost: what goes from ports of listeners, to some ports of clients or to any. */
export interface Lost {
  readonly family: 4 | 6;
  /** As ip-rule(8) takes it: `7002` or `7002-7003`. */
  readonly from: string;
  readonly to: string | null;
}

/**
 * Loses answers by routing alone, without a module that would stay loaded: they go out of `lo` as not local, and are
 * dropped when they come in again.
 */
export function deafen(lost: Lost): void {
  changeRule('add', lost);
}

/** Ends that. */
export function hear(lost: Lost): void {
  changeRule('del', lost);
}

function changeRule(verb: 'add' | 'del', { family, from, to }: Lost): void {
  const match = ['ipproto', 'tcp', 'sport', from, ...(to === null ? [] : ['dport', to])];
  runTool('ip', [`-${family}`, 'rule', verb, 'pref', '10', ...match, 'lookup', TABLE]);
}
