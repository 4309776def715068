import type { NetnsEntry } from '../../../diagnose/index.js';
import type { KeptSysctls } from './fix-draft.js';
import { keptSysctls } from './kept-sysctls.js';
import type { Assignment } from './kept-sysctls.js';

/** Sysctls that a pod may set without the kubelet being asked. */
const SAFE_IN_PODS = new Set([
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ip_local_reserved_ports',
]);

/**
 * How sysctls of a namespace are kept: a file of /etc/sysctl.d for the host's own; what starts a container sets its;
 * `null` for a namespace that another program makes.
 */
export function lastingInNetns(
  entry: NetnsEntry,
  topic: string,
  sysctls: readonly Assignment[],
  more: Parameters<typeof keptSysctls>[2] = {},
): KeptSysctls | string | null {
  if (entry.by.kind === 'host') return keptSysctls(topic, sysctls, more);
  switch (entry.container) {
    case 'pod': {
      const unsafe = sysctls.map(([name]) => name).filter((name) => !SAFE_IN_PODS.has(name));
      return [
        "# In the pod's spec, for the next pod:",
        '# securityContext:',
        '#   sysctls:',
        ...sysctls.map(([name, value]) => `#   - {name: ${name}, value: "${value}"}`),
        ...(unsafe.length === 0
          ? []
          : [`# The kubelet must allow it (allowedUnsafeSysctls): ${unsafe.join(', ')}`]),
      ].join('\n');
    }
    case 'docker':
    case 'podman':
      return `# Start the container again with: ${sysctls.map(([name, value]) => `--sysctl ${name}="${value}"`).join(' ')}`;
    case 'other':
    case null:
      return null;
  }
}
