import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Sysctls that every network namespace has its own of: what is set here ends with the namespace. */
const OWN_SYSCTLS = {
  'net.ipv4.tcp_syncookies': '/proc/sys/net/ipv4/tcp_syncookies',
  'net.ipv4.ip_local_port_range': '/proc/sys/net/ipv4/ip_local_port_range',
} as const;
type OwnSysctl = keyof typeof OWN_SYSCTLS;

/** Whether this kernel has it. */
export function hasSysctl(name: OwnSysctl): boolean {
  return existsSync(OWN_SYSCTLS[name]);
}

/** As the kernel prints it. */
export function readSysctl(name: OwnSysctl): string {
  return readFileSync(OWN_SYSCTLS[name], 'utf8');
}

/** Sets it in this namespace. */
export function setSysctl(name: OwnSysctl, value: string): void {
  writeFileSync(OWN_SYSCTLS[name], value);
}
