import { describe, expect, it } from 'vitest';
import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import { Pod, type IPod } from 'kubernetes-models/v1/Pod';
import { parseAllDocuments } from 'yaml';
import { kubernetesForm, kubernetesSplit } from '../../../src/plan/index.js';
import { planned } from '../planning.js';

const plan = planned({ connections: 1_000_000, profile: 'mqtt', ports: [1883] });
const documents = parseAllDocuments(kubernetesForm(plan)).map((parseAllDocument) => {
  expect(parseAllDocument.errors).toEqual([]);
  return parseAllDocument.toJS() as Record<string, unknown>;
});
const [pod, proxy, daemonSet] = documents;

describe('the Kubernetes form', () => {
  it('is three documents, each of its kind', () => {
    expect(documents.map((document) => document['kind'])).toEqual([
      'Pod',
      'KubeProxyConfiguration',
      'DaemonSet',
    ]);
  });

  it('has a Pod and a DaemonSet as their schemas want them', () => {
    new Pod(pod).validate();
    new DaemonSet(daemonSet).validate();
    // That the schemas look at all that is given: a value that is no text is refused.
    const wrong = structuredClone(pod) as unknown as IPod;
    const sysctls: { value: unknown }[] = wrong.spec?.securityContext?.sysctls ?? [];
    expect(sysctls.length).toBeGreaterThan(0);
    for (const sysctl of sysctls) sysctl.value = 1;
    expect(() => new Pod(wrong).validate()).toThrow(/string/);
  });

  it('allows in the kubelet what the pod sets and any kubelet in use calls unsafe', () => {
    const { unsafe } = kubernetesSplit(plan);
    const text = kubernetesForm(plan);
    // As comments: a list of its own would take the place of the one that is there.
    expect(text).not.toMatch(/^allowedUnsafeSysctls/m);
    const [, lines = ''] = /^# {4}allowedUnsafeSysctls:\n((?:# {6}- .*\n)+)/m.exec(text) ?? [];
    const allowed = [...lines.matchAll(/- ([\w.]+)/g)].map(([, name]) => name ?? '');
    expect(allowed).toEqual(expect.arrayContaining(unsafe.map((sysctlChange) => sysctlChange.name)));
    const { spec } = pod as { spec: { securityContext: { sysctls: { name: string }[] } } };
    const set = spec.securityContext.sysctls.map(({ name }) => name);
    expect(set).toEqual(expect.arrayContaining(allowed));
    for (const name of set) expect(name).toMatch(/^net\.(ipv4|core)\./);
  });

  it('has kube-proxy keep the table as large as the plan says', () => {
    expect(proxy?.['conntrack']).toMatchObject({
      maxPerCore: 1,
      min: plan.conntrack.max,
      tcpEstablishedTimeout: '98304s',
    });
  });

  it('sets every setting in one place', () => {
    const { safe, unsafe, node } = kubernetesSplit(plan);
    const names = [...safe, ...unsafe, ...node].map((sysctlChange) => sysctlChange.name);
    expect(new Set(names).size).toBe(names.length);
    expect(node.map((sysctlChange) => sysctlChange.name)).toContain('net.netfilter.nf_conntrack_buckets');
    for (const { name } of node) expect(JSON.stringify(daemonSet)).toContain(`sysctl -w ${name}=`);
  });
});
