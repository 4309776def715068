import type { NetworkFix } from '../../../diagnose/index.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';

type CloudFix = Extract<
  NetworkFix,
  { id: 'find-cloud-drops' | 'leave-cloud-tracking' | 'spare-cloud-allowance' }
>;

const SPARE: Readonly<
  Record<
    Extract<CloudFix, { id: 'spare-cloud-allowance' }>['allowance'],
    Pick<FixDraft, 'action' | 'effect' | 'caveat'>
  >
> = {
  'link-local': {
    action:
      'answer names on this host: a caching resolver (systemd-resolved, dnsmasq, NodeLocal DNSCache) before the resolver of the cloud',
    effect: 'only names that are not in the cache count against the 1,024 packets a second of each card',
    caveat:
      'With `search` and ndots:5 in resolv.conf each name is asked several times. Time and metadata share the allowance.',
  },
  packets: {
    action:
      'send fewer, larger packets, use a larger instance type, or spread the connections over more instances',
    effect: 'no sysctl of this host changes it',
    caveat: 'Small packets use it up long before the bandwidth: look at packets per second, not at bytes.',
  },
  bandwidth: {
    action: 'use a larger instance type, or spread the traffic over more instances',
    effect: 'no sysctl of this host changes it',
    caveat:
      'Smaller types burst above their baseline for minutes only: it may come back at the same load an hour later.',
  },
};

/** What a cloud beneath the host allows it. */
export function cloudFixWords(fix: CloudFix): FixDraft {
  switch (fix.id) {
    case 'find-cloud-drops':
      return {
        ...CHANGES_NOTHING,
        action: 'see which allowance of the instance was exceeded, by card',
        command:
          'for i in /sys/class/net/*; do ethtool -S "${i##*/}" 2>/dev/null | grep -H --label="${i##*/}" _allowance_; done',
        effect:
          '*_allowance_exceeded counts packets that the cloud dropped or queued, conntrack_allowance_available what is left.',
        caveat: 'It needs the ethtool package, and a driver that tells (ENA).',
      };
    case 'leave-cloud-tracking':
      return {
        ...CHANGES_NOTHING,
        action:
          'let the cloud track fewer connections: a larger instance type, or security groups that allow the traffic in both directions without tracking',
        command: null,
        effect: 'no sysctl of this host changes it',
        caveat:
          'Flows are untracked only where the rules of both directions allow all addresses and ports: check what that would open.',
      };
    case 'spare-cloud-allowance':
      return { ...CHANGES_NOTHING, command: null, ...SPARE[fix.allowance] };
  }
}
