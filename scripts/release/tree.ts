import { copyFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';

/** What goes into a package that a system's own package manager or `tar` unpacks at `/`. */
export interface TreeParts {
  /** The checkout. */
  readonly root: string;
  /** The single executable. */
  readonly executable: string;
  /** `dist/cli.js`, which prints the completions on the machine that builds. */
  readonly cli: string;
  readonly thirdParty: string;
  /** Where the program, its manual and the rest go below: `usr` or `usr/local`. */
  readonly prefix: string;
  readonly unitFolder: string;
}

/** Lays out the files below `folder`: program, manual, completions, units, what Prometheus and Grafana read, documentation. */
export async function layOutTree(folder: string, parts: TreeParts): Promise<void> {
  const { root, prefix } = parts;
  const put = async (path: string, content: string | Buffer): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content, { mode: 0o644 });
  };
  const text = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
  const program = join(folder, prefix, 'bin/ctdiag');
  await mkdir(dirname(program), { recursive: true });
  await copyFile(parts.executable, program);
  await chmod(program, 0o755);
  await put(`${prefix}/share/man/man1/ctdiag.1.gz`, gzipped(await text('docs/ctdiag.1')));
  for (const [shell, path] of COMPLETIONS) {
    const { stdout } = await execa(process.execPath, [parts.cli, 'completion', shell]);
    await put(`${prefix}/share/${path}`, `${stdout}\n`);
  }
  for (const unit of UNITS)
    await put(`${parts.unitFolder}/${unit}`, installedUnit(await text(`packaging/${unit}`), prefix));
  for (const file of MONITORING) await put(`${prefix}/share/ctdiag/${file}`, await text(`packaging/${file}`));
  const doc = `${prefix}/share/doc/ctdiag`;
  await put(`${doc}/changelog.gz`, gzipped(await text('CHANGELOG.md')));
  for (const page of DOCUMENTS) await put(`${doc}/${page}`, await text(`docs/${page}`));
  await put(`${doc}/THIRD-PARTY.md`, parts.thirdParty);
}

const COMPLETIONS = [
  ['bash', 'bash-completion/completions/ctdiag'],
  ['zsh', 'zsh/vendor-completions/_ctdiag'],
  ['fish', 'fish/vendor_completions.d/ctdiag.fish'],
] as const;

const DOCUMENTS = ['findings.md', 'usage.md', 'plan.md', 'fleet.md', 'capture-format.md'];

/** None is enabled by an installation. */
export const UNITS = ['ctdiag-recorder.service', 'ctdiag-exporter.service'] as const;

const MONITORING = ['prometheus/ctdiag.rules.yml', 'grafana/ctdiag.json'] as const;

/** The unit of the checkout is for an npm installation: what it names lies elsewhere in a package. */
export function installedUnit(unit: string, prefix: string): string {
  return unit
    .replace(/^ExecStart=\S+/m, `ExecStart=/${prefix}/bin/ctdiag`)
    .replace(
      /^Documentation=file:\S+\/docs\//m,
      `Documentation=man:ctdiag(1) file:///${prefix}/share/doc/ctdiag/`,
    )
    .replace(/^# ExecStart expects .*; (`systemctl edit` changes) that, and/m, '# $1')
    .replace(/^# {3}cp packaging\S* .*\n/m, '');
}

/** Without the time of day, so that the same input gives the same bytes. */
function gzipped(content: string): Buffer {
  return gzipSync(content, { level: 9 });
}
