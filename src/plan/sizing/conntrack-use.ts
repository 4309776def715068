import type { HostReading } from '../../records/index.js';

/** What uses connection tracking. */
export type ConntrackUser =
  | { readonly kind: 'nat' }
  | { readonly kind: 'stateful-rules' }
  | { readonly kind: 'container-network'; readonly interfaces: readonly string[] }
  | { readonly kind: 'modules'; readonly modules: readonly string[] };

/**
 * Whether conntrack is needed. `absent`: not loaded. `avoidable`: nothing was found that needs it. `needed`: something
 * does. `unknown`: the rules could not be read.
 */
export interface ConntrackUse {
  readonly verdict: 'absent' | 'avoidable' | 'needed' | 'unknown';
  readonly users: readonly ConntrackUser[];
  /** Why the verdict is unknown. */
  readonly why: string | null;
  /** Whether untracked packets to the listeners would only break rules with `ct state`. */
  readonly notrackSafe: boolean;
}

/** Modules that depend on nf_conntrack but do nothing with it until a rule or a program asks. */
const IDLE_HOLDERS: readonly string[] = [
  'nf_defrag_ipv4',
  'nf_defrag_ipv6',
  'nf_conntrack_netlink',
  'nfnetlink_cttimeout',
];

/** Finds out what needs connection tracking. */
export function conntrackUse({ conntrack, rules }: HostReading): ConntrackUse {
  if (conntrack.module === 'absent') return { verdict: 'absent', users: [], why: null, notrackSafe: false };
  const modules = (conntrack.holders ?? []).filter((name) => !IDLE_HOLDERS.includes(name));
  const translating = modules.filter((name) =>
    /^(nf_nat|ip_vs|openvswitch|xt_MASQUERADE|nft_masq|nft_redir|act_ct)/.test(name),
  );
  const users: ConntrackUser[] = [
    ...(rules.nat ? [{ kind: 'nat' as const }] : []),
    ...(rules.stateful ? [{ kind: 'stateful-rules' as const }] : []),
    ...(rules.containerInterfaces.length > 0
      ? [{ kind: 'container-network' as const, interfaces: rules.containerInterfaces }]
      : []),
    ...(modules.length > 0 ? [{ kind: 'modules' as const, modules }] : []),
  ];
  const natLike = rules.nat || rules.containerInterfaces.length > 0 || translating.length > 0;
  if (users.length > 0) return { verdict: 'needed', users, why: null, notrackSafe: rules.read && !natLike };
  if (!rules.read) return { verdict: 'unknown', users, why: rules.why, notrackSafe: false };
  return { verdict: 'avoidable', users, why: null, notrackSafe: true };
}

/** nftables rules that keep the listeners' packets out of conntrack, both ways. */
export function notrackRules(ports: readonly number[]): string {
  const set = `{ ${ports.join(', ')} }`;
  return [
    'table inet ctdiag_notrack {',
    '\tchain prerouting {',
    '\t\ttype filter hook prerouting priority raw; policy accept;',
    `\t\ttcp dport ${set} notrack`,
    '\t}',
    '\tchain output {',
    '\t\ttype filter hook output priority raw; policy accept;',
    `\t\ttcp sport ${set} notrack`,
    '\t}',
    '}',
    '',
  ].join('\n');
}
