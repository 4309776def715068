import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import type { IDaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import type { IService } from 'kubernetes-models/v1/Service';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { optionTable } from '../../src/cli/option-table.js';
import { program } from '../../src/cli/program.js';

const FOLDER = fileURLToPath(new URL('../../packaging/kubernetes/', import.meta.url));

const kubectl = execaSync('kubectl', ['version', '--client'], { reject: false }).exitCode === 0;
if (!kubectl) console.warn('SKIPPED, kubectl (Debian package kubernetes-client) is not installed: kustomize');

interface Kustomization {
  readonly namespace: string;
  readonly resources: readonly string[];
  readonly images: readonly { readonly newName: string; readonly newTag: string }[];
}

const read = (file: string): string => readFileSync(`${FOLDER}${file}`, 'utf8');
const kustomization = parse(read('kustomization.yaml')) as Kustomization;
const written = new Map(
  kustomization.resources.map((file) => [file, parse(read(file)) as Record<string, unknown>]),
);
const daemonSet = written.get('daemonset.yaml') as unknown as IDaemonSet;
const service = written.get('service.yaml') as unknown as IService;
const pod = daemonSet.spec?.template.spec;
const container = pod?.containers[0];

describe('the manifests for Kubernetes', () => {
  it('are as their schemas want them', () => {
    new DaemonSet(daemonSet).validate();
    new Service(service).validate();
    new Namespace(written.get('namespace.yaml')).validate();
    // That the schemas look at what is given.
    const wrong = {
      ...daemonSet,
      spec: { ...daemonSet.spec, minReadySeconds: 'soon' },
    } as unknown as IDaemonSet;
    expect(() => new DaemonSet(wrong).validate()).toThrow(/minReadySeconds/);
  });

  it('give no right that the unit does not need', () => {
    const unit = readFileSync(`${FOLDER}../ctdiag-exporter.service`, 'utf8');
    const bounding = /^CapabilityBoundingSet=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
    const { capabilities, privileged } = container?.securityContext ?? {};
    expect(capabilities?.add?.map((name) => `CAP_${name}`)).toEqual(bounding);
    expect(capabilities?.drop).toEqual(['ALL']);
    expect(privileged).toBe(false);
    expect(pod?.automountServiceAccountToken).toBe(false);
    // Nothing of the node but the ring can be written.
    const writable = container?.volumeMounts?.filter(({ readOnly }) => readOnly !== true) ?? [];
    expect(writable.map(({ mountPath }) => mountPath)).toEqual(['/var/lib/ctdiag', '/tmp']);
  });

  it('start a command that ctdiag has, with options that it knows', () => {
    const [name, ...options] = container?.args ?? [];
    const command = optionTable(program(() => undefined)).commands.find((row) => row.name === name);
    const known = command?.options.flatMap(({ names }) => names) ?? [];
    expect(options.length).toBeGreaterThan(0);
    expect(known).toEqual(expect.arrayContaining(options.map((option) => option.split('=')[0])));
  });

  it('name the same port and the same pods everywhere', () => {
    const port = container?.ports?.[0];
    expect(container?.args?.join(' ')).toContain(`:${port?.containerPort ?? ''} `);
    expect(service.spec?.ports).toMatchObject([{ port: port?.containerPort, targetPort: port?.name }]);
    const labels = daemonSet.spec?.template.metadata?.labels;
    expect(daemonSet.spec?.selector.matchLabels).toEqual(labels);
    expect(service.spec?.selector).toEqual(labels);
    expect(written.get('servicemonitor.yaml')).toMatchObject({
      spec: {
        selector: { matchLabels: service.metadata?.labels },
        endpoints: [{ port: service.spec?.ports?.[0]?.name }],
        jobLabel: 'app.kubernetes.io/name',
      },
    });
    // What the rules take for the job.
    expect(labels?.['app.kubernetes.io/name']).toBe('ctdiag');
  });

  it('name the version of this ctdiag', () => {
    const { version } = JSON.parse(readFileSync(`${FOLDER}../../package.json`, 'utf8')) as {
      version: string;
    };
    expect(kustomization.images.map(({ newTag }) => newTag)).toEqual([version]);
    for (const page of ['fleet.md', 'install.md'])
      expect(readFileSync(`${FOLDER}../../docs/${page}`, 'utf8')).toContain(
        `ctdiag-${version}-linux-x64.oci.tar`,
      );
  });

  it.skipIf(!kubectl)('are put together by kubectl, all in one namespace and with the image named', () => {
    const { stdout, stderr } = execaSync('kubectl', ['kustomize', FOLDER]);
    expect(stderr).toBe('');
    const built = parseAllDocuments(stdout).map((document) => document.toJS() as Record<string, unknown>);
    expect(built.map(({ kind }) => kind).sort()).toEqual([
      'DaemonSet',
      'Namespace',
      'Service',
      'ServiceMonitor',
    ]);
    for (const { kind, metadata } of built)
      if (kind !== 'Namespace') expect(metadata).toMatchObject({ namespace: kustomization.namespace });
    expect(stdout).toMatch(/image: registry\.example\.org\/ctdiag:\d+\.\d+\.\d+$/m);
  });
});
