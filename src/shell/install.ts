import { readFileSync } from 'node:fs';

/** What is installed, by what a distribution calls it. */
export type Installable =
  | 'bpftrace'
  | 'ss'
  | 'tc'
  | 'setpriv'
  | 'nsenter'
  | 'flock'
  | 'conntrack'
  | 'ethtool'
  | 'nft'
  | 'ipvsadm'
  | 'kernel';

interface PackageManager {
  /** `ID` or `ID_LIKE` of os-release(5). */
  readonly ids: readonly string[];
  readonly install: string;
  readonly names: Readonly<Record<Installable, string>>;
}

const COMMON = {
  bpftrace: 'bpftrace',
  ss: 'iproute2',
  tc: 'iproute2',
  setpriv: 'util-linux',
  nsenter: 'util-linux',
  flock: 'util-linux',
  conntrack: 'conntrack',
  ethtool: 'ethtool',
  nft: 'nftables',
  ipvsadm: 'ipvsadm',
} as const;
const DEBIAN: PackageManager = {
  ids: ['debian'],
  install: 'apt-get install',
  names: { ...COMMON, kernel: 'linux-image-$(dpkg --print-architecture)' },
};
const MANAGERS: readonly PackageManager[] = [
  { ...DEBIAN, ids: ['ubuntu'], names: { ...COMMON, kernel: 'linux-generic' } },
  DEBIAN,
  {
    ids: ['fedora', 'rhel', 'centos', 'amzn'],
    install: 'dnf install',
    names: { ...COMMON, ss: 'iproute', tc: 'iproute-tc', conntrack: 'conntrack-tools', kernel: 'kernel' },
  },
  {
    ids: ['suse'],
    install: 'zypper install',
    names: { ...COMMON, conntrack: 'conntrack-tools', kernel: 'kernel-default' },
  },
  {
    ids: ['arch'],
    install: 'pacman -S',
    names: { ...COMMON, conntrack: 'conntrack-tools', kernel: 'linux' },
  },
  {
    ids: ['alpine'],
    install: 'apk add',
    names: {
      ...COMMON,
      tc: 'iproute2-tc',
      setpriv: 'setpriv',
      conntrack: 'conntrack-tools',
      kernel: 'linux-lts',
    },
  },
];

/** The command that installs something on this distribution; as on Debian where it is not known. */
export function installCommand(what: Installable, osRelease: string = readOsRelease()): string {
  const id = /^ID="?([\w.-]+)/m.exec(osRelease)?.[1] ?? '';
  const like = /^ID_LIKE="?([^"\n]+)/m.exec(osRelease)?.[1] ?? '';
  const wanted = [id, ...like.split(' ')].flatMap((text) => [
    text,
    text.replace(/^(?:open)?suse.*|^sles.*/, 'suse'),
  ]);
  const manager =
    wanted
      .map((text) => MANAGERS.find(({ ids }) => ids.includes(text)))
      .find((packageManager) => packageManager !== undefined) ?? DEBIAN;
  return `${manager.install} ${manager.names[what]}`;
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
