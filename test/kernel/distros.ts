import { readFileSync } from 'node:fs';

interface Pair {
  readonly suite: string;
  readonly kernelPackage: string;
}

/**
 * Debian suites whose own kernel and bpftrace are a pair to test: 5.10 + 0.11, 6.1 + 0.17, 6.12 + 0.23, 7.2 + 0.27;
 * and the kernel of one that is made for clouds, which has other symbols.
 */
const pairs = {
  bullseye: { suite: 'bullseye', kernelPackage: 'linux-image-amd64' },
  bookworm: { suite: 'bookworm', kernelPackage: 'linux-image-amd64' },
  'bookworm-cloud': { suite: 'bookworm', kernelPackage: 'linux-image-cloud-amd64' },
  trixie: { suite: 'trixie', kernelPackage: 'linux-image-amd64' },
  sid: { suite: 'sid', kernelPackage: 'linux-image-amd64' },
} as const satisfies Record<string, Pair>;

export type Distro = keyof typeof pairs;

export const distros: readonly Distro[] = ['bullseye', 'bookworm', 'bookworm-cloud', 'trixie', 'sid'];

export function pairOf(distro: Distro): Pair {
  return pairs[distro];
}

export const defaultDistro: Distro = 'bookworm';

export function isDistro(name: string): name is Distro {
  return distros.some((distro) => distro === name);
}

/** Hooks that the suite's kernel cannot have: drop reasons came with 5.17 and 5.18. */
export function hooksMissingOn(distro: Distro): readonly string[] {
  return distro === 'bullseye' ? ['netfilter-drop', 'tc-drop'] : [];
}

/** Fragments that the suite's kernel or bpftrace cannot have; probes/README.md says what each needs. */
export function isUnfit(fragment: string, distro: Distro): boolean {
  if (distro === 'bullseye')
    return /\.(fexit|fentry|fentry-sk|tracepoint)\.bt$|^conntrack-destroy\.kprobe\.bt$/.test(fragment);
  // From 6.11 on kfree_skb_reason() is an inline call of the other's.
  const unfit = pairOf(distro).suite === 'bookworm' ? /-drop\.fentry-sk\.bt$/ : /-drop\.fentry\.bt$/;
  return unfit.test(fragment) || fragment === 'conntrack-destroy.kprobe-old.bt';
}

/** The suite this machine itself runs, when it is Debian; its own root then serves as that suite's. */
export const hostSuite = /^VERSION_CODENAME=(\S+)$/m.exec(readOsRelease())?.[1];

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
