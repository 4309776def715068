import type { UnwatchedPath, UnwatchedPathId } from '../../records/index.js';
import type { Finding, FindingCode } from '../finding.js';

/** How much less sure a finding is beside a path that may explain it as well and is not looked at. */
const LESS_SURE = 0.05;

/** The findings whose packets, connections or errors each path can account for. */
const MAY_EXPLAIN: Readonly<Record<UnwatchedPathId, readonly FindingCode[]>> = {
  xdp: ['unexplained-loss', 'firewall-drop', 'netdev-backlog-drop', 'application-limit'],
  'tc-bpf': ['unexplained-loss', 'firewall-drop', 'application-limit'],
  // Both translate addresses and track connections in maps of their own.
  cilium: ['unexplained-loss', 'firewall-drop', 'nat-ports-exhausted', 'ephemeral-ports-exhausted'],
  'calico-ebpf': ['unexplained-loss', 'firewall-drop', 'nat-ports-exhausted', 'ephemeral-ports-exhausted'],
  // IPVS, SYNPROXY and helpers free a packet with the reason NETFILTER_DROP, as a rule does (kernel.md section 9).
  ipvs: ['unexplained-loss', 'firewall-drop', 'nat-ports-exhausted', 'conntrack-insert-failed'],
  synproxy: ['unexplained-loss', 'firewall-drop', 'syn-queue-overflow'],
  nfqueue: ['unexplained-loss', 'firewall-drop'],
  'open-vswitch': ['unexplained-loss', 'firewall-drop', 'conntrack-insert-failed', 'nat-ports-exhausted'],
  // An accept by io_uring fails in its completion, which no probe on accept(2) sees.
  'io-uring': ['unexplained-loss', 'process-fd-limit', 'system-file-limit', 'application-limit'],
  'cloud-allowances': ['unexplained-loss', 'netdev-backlog-drop', 'application-limit'],
  'nic-rings': ['unexplained-loss', 'netdev-backlog-drop'],
};

/** The findings, less sure where a path in use that is not looked at could explain them as well. */
export function weighUnwatched(
  findings: readonly Finding[],
  unwatched: readonly UnwatchedPath[],
): readonly Finding[] {
  if (unwatched.length === 0) return findings;
  return findings.map((finding) => {
    if (!unwatched.some(({ id }) => MAY_EXPLAIN[id].includes(finding.code))) return finding;
    return {
      ...finding,
      confidence: Math.max(0, Math.round((finding.confidence - LESS_SURE) * 100) / 100),
      confidenceReasons: [...finding.confidenceReasons, 'unwatched-in-use'],
    };
  });
}
