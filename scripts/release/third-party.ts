import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package whose code is in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json says, an SPDX expression. */
  readonly license: string;
  /** The text of its licence; `null` where it ships none. */
  readonly licenseText: string | null;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type: string };
  readonly licenses?: readonly { readonly type: string }[];
}

/** The packages that esbuild took something from, by its own account. */
export function bundledPackages(root: string, { inputs }: Metafile): BundledPackage[] {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  return [...folders]
    .map((folder) => readPackage(join(root, folder)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readPackage(folder: string): BundledPackage {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const { name, version, license, licenses } = manifest;
  const named = typeof license === 'string' ? license : (license?.type ?? licenses?.[0]?.type);
  if (named === undefined) throw new Error(`${name} does not say its licence: it cannot be bundled.`);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const path = file === undefined ? null : join(folder, file);
  const licenseText = path !== null && existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
  return { name, version, license: named, licenseText };
}

/** THIRD-PARTY.md: whose code is in ctdiag, and on what terms. */
export function thirdPartyText(packages: readonly BundledPackage[]): string {
  const sections = packages.map(({ name, version, license, licenseText }) =>
    [
      `## ${name} ${version}`,
      '',
      `Licence: ${license}`,
      '',
      ...(licenseText === null ? [] : ['```text', licenseText, '```', '']),
    ].join('\n'),
  );
  return [
    '# Third-party code in ctdiag',
    '',
    'Made by `npm run build` from what is in the bundle.',
    '',
    ...sections,
  ].join('\n');
}

/** A bill of materials (CycloneDX 1.5) of the bundle. */
export function billOfMaterials(
  version: string,
  packages: readonly BundledPackage[],
  node: string | null,
): string {
  const components = packages.map(({ name, version: of, license }) => ({
    type: 'library',
    name,
    version: of,
    purl: `pkg:npm/${name.replace('@', '%40')}@${of}`,
    licenses: [{ expression: license.replace('/', '-') }],
  }));
  const runtime =
    node === null
      ? []
      : [{ type: 'platform', name: 'node', version: node, purl: `pkg:generic/node@${node}` }];
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: { type: 'application', name: 'ctdiag', version, purl: `pkg:npm/ctdiag@${version}` },
    },
    components: [...components, ...runtime],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}
