import { readFileSync } from 'node:fs';

/** Debian suites whose own kernel and bpftrace are a pair to test: 5.10 + 0.11, 6.1 + 0.17, 6.12 + 0.23, 7.2 + 0.27. */
export const distros = ['bullseye', 'bookworm', 'trixie', 'sid'] as const;

export type Distro = (typeof distros)[number];

export const defaultDistro: Distro = 'bookworm';

export function isDistro(name: string): name is Distro {
  return distros.some((distro) => distro === name);
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
