import { mkdir, mkdtemp, readFile, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { layOutTree, UNITS } from './tree.js';
import type { TreeParts } from './tree.js';
import type { Architecture } from './node-binaries.js';

const DEBIAN_NAMES: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The name of the package file, as Debian forms it. */
export function debName(version: string, architecture: Architecture): string {
  return `ctdiag_${version}_${DEBIAN_NAMES[architecture]}.deb`;
}

/** Builds the Debian package. Its bytes depend on its input and `SOURCE_DATE_EPOCH` alone. */
export async function buildDeb(
  outfile: string,
  version: string,
  architecture: Architecture,
  parts: Omit<TreeParts, 'prefix' | 'unitFolder'>,
  epochSec: number,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'ctdiag-deb-'));
  try {
    await chmod(work, 0o755);
    await layOutTree(work, { ...parts, prefix: 'usr', unitFolder: 'lib/systemd/system' });
    await writeFile(join(work, 'usr/share/doc/ctdiag/copyright'), await copyrightText(parts.root));
    const overrides = join(work, 'usr/share/lintian/overrides');
    await mkdir(overrides, { recursive: true });
    await writeFile(join(overrides, 'ctdiag'), OVERRIDES);
    const control = join(work, 'DEBIAN');
    await mkdir(control);
    // The blocks of a file are allocated late and differ from run to run; the sizes do not.
    const { stdout } = await execa('du', ['-sk', '--apparent-size', '--exclude=DEBIAN', work]);
    const installedKib = Number(stdout.split('\t')[0]);
    await writeFile(join(control, 'control'), controlText(version, DEBIAN_NAMES[architecture], installedKib));
    for (const [name, script] of Object.entries(SCRIPTS))
      await writeFile(join(control, name), `#!/bin/sh\nset -e\n${script}exit 0\n`, { mode: 0o755 });
    await execa('dpkg-deb', ['--root-owner-group', '-Zxz', '-z3', '--build', work, outfile], {
      env: { SOURCE_DATE_EPOCH: String(epochSec) },
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function controlText(version: string, architecture: string, installedKib: number): string {
  return `Package: ctdiag
Version: ${version}
Architecture: ${architecture}
Maintainer: The ctdiag authors <ctdiag@localhost>
Section: admin
Priority: optional
Installed-Size: ${installedKib}
Depends: libc6 (>= 2.28), libgcc-s1, libstdc++6
Recommends: bpftrace, conntrack, iproute2
Suggests: ethtool
Description: name the limit that stops new connections to a Linux host
 New connections to a host stall at about 65,536, and everything looks healthy:
 ctdiag says which ceiling stopped them (the conntrack table, an accept queue,
 file descriptors, local ports and others that look the same from outside), on
 what evidence, and what to change. It watches with bpftrace and the kernel's
 own counters; records, replays and diagnoses without a screen.
`;
}

/** The licences of others are a file of their own: Debian wants no whole text of a common licence in this one. */
async function copyrightText(root: string): Promise<string> {
  const license = await readFile(join(root, 'LICENSE'), 'utf8');
  return `${license}
The executable also holds the Node.js runtime and the packages that are listed,
with their licences, in /usr/share/doc/ctdiag/THIRD-PARTY.md.
`;
}

/** What lintian says of every single executable of Node, and of a package that is built outside an archive. */
const OVERRIDES = `# Node's own binary: it brings its zlib, and stripping would cut off the program inside.
ctdiag: embedded-library
ctdiag: unstripped-binary-or-object
# Built from a checkout, by whoever runs the release.
ctdiag: bogus-mail-host
`;

/** No unit is enabled by the installation; captures stay when the package is purged. */
const SCRIPTS = {
  postinst: 'if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi\n',
  prerm: `if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl disable --now ${UNITS.join(' ')} || true; fi\n`,
  postrm: 'if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi\n',
} as const;
