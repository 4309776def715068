import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Where sudo looks for programs whatever PATH says: the `secure_path` of the stock sudoers files. */
const SUDO_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** This very ctdiag. */
export interface Invocation {
  /** The running Node. */
  readonly node: string;
  /** The script it runs. */
  readonly script: string;
}

/**
 * The command that runs this ctdiag as root: `sudo ctdiag doctor` where sudo finds it, else by full paths, for
 * from a checkout, or with a Node of one's own, sudo finds neither.
 */
export function asRoot(
  command: string,
  { node, script }: Invocation = { node: process.execPath, script: process.argv[1] ?? 'ctdiag' },
  sudoPath: readonly string[] = SUDO_PATH,
): string {
  const found = sudoPath.map((folder) => join(folder, 'ctdiag')).find(isProgram);
  const known =
    found !== undefined && sameFile(found, script) && sudoPath.some((one) => isProgram(join(one, 'node')));
  return known ? `sudo ctdiag ${command}` : `sudo ${quoted(node)} ${quoted(script)} ${command}`;
}

/** The command that runs this ctdiag as who we are: `ctdiag plan` where the shell finds it, else by full paths. */
export function asUser(
  command: string,
  { node, script }: Invocation = { node: process.execPath, script: process.argv[1] ?? 'ctdiag' },
  path: readonly string[] = (process.env['PATH'] ?? '').split(':'),
): string {
  const found = path.map((folder) => join(folder, 'ctdiag')).find(isProgram);
  return found !== undefined && sameFile(found, script)
    ? `ctdiag ${command}`
    : `${quoted(node)} ${quoted(script)} ${command}`;
}

/** What is installed, by what a distribution calls it. */
export type Installable = 'bpftrace' | 'ss' | 'setpriv' | 'conntrack' | 'ethtool' | 'kernel';

interface PackageManager {
  /** `ID` or `ID_LIKE` of os-release(5). */
  readonly ids: readonly string[];
  readonly install: string;
  readonly names: Readonly<Record<Installable, string>>;
}

const COMMON = {
  bpftrace: 'bpftrace',
  ss: 'iproute2',
  setpriv: 'util-linux',
  conntrack: 'conntrack',
  ethtool: 'ethtool',
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
    names: { ...COMMON, ss: 'iproute', conntrack: 'conntrack-tools', kernel: 'kernel' },
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
    names: { ...COMMON, setpriv: 'setpriv', conntrack: 'conntrack-tools', kernel: 'linux-lts' },
  },
];

/** The command that installs something on this distribution; as on Debian where it is not known. */
export function installCommand(what: Installable, osRelease: string = readOsRelease()): string {
  const id = /^ID="?([\w.-]+)/m.exec(osRelease)?.[1] ?? '';
  const like = /^ID_LIKE="?([^"\n]+)/m.exec(osRelease)?.[1] ?? '';
  const wanted = [id, ...like.split(' ')].flatMap((one) => [
    one,
    one.replace(/^(?:open)?suse.*|^sles.*/, 'suse'),
  ]);
  const manager =
    wanted.map((one) => MANAGERS.find(({ ids }) => ids.includes(one))).find((one) => one !== undefined) ??
    DEBIAN;
  return `${manager.install} ${manager.names[what]}`;
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function sameFile(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}

/** A word as a shell takes it for one. */
export function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
