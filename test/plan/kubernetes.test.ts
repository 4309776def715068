import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kubernetesForm, kubernetesSplit } from '../../src/plan/index.js';
import { planned } from './planning.js';

const plan = planned({ connections: 1_000_000, profile: 'mqtt', ports: [1883] });
const documents = parseAllDocuments(kubernetesForm(plan)).map((one) => {
  expect(one.errors).toEqual([]);
  return one.toJS() as Record<string, unknown>;
});
const [pod, kubelet, proxy, daemonSet] = documents;

interface Model {
  validate(): void;
}
type Models = Readonly<Record<string, new (data: unknown) => Model>>;

/** The API's own schemas, by the package that ships them; a checkout may be older than its place in package.json. */
async function models(path: string): Promise<Models | null> {
  const name = `kubernetes-models/${path}`;
  return import(name).then(
    (found: Models) => found,
    () => null,
  );
}
const core = await models('v1');
const apps = await models('apps/v1');
if (core === null || apps === null)
  console.warn('SKIPPED, kubernetes-models is not installed (npm ci): its schemas');

describe('the Kubernetes form', () => {
  it('is four documents, each of its kind', () => {
    expect(documents.map((one) => one['kind'])).toEqual([
      'Pod',
      'KubeletConfiguration',
      'KubeProxyConfiguration',
      'DaemonSet',
    ]);
  });

  it.skipIf(core === null || apps === null)('has a Pod and a DaemonSet as their schemas want them', () => {
    const Pod = core?.['Pod'];
    const DaemonSet = apps?.['DaemonSet'];
    expect(Pod).toBeDefined();
    expect(DaemonSet).toBeDefined();
    if (Pod === undefined || DaemonSet === undefined) return;
    new Pod(pod).validate();
    new DaemonSet(daemonSet).validate();
    // That the schemas look at all that is given: a value that is no text is refused.
    const wrong = structuredClone(pod) as { spec: { securityContext: { sysctls: { value: unknown }[] } } };
    const [first] = wrong.spec.securityContext.sysctls;
    if (first !== undefined) first.value = 1;
    expect(() => new Pod(wrong).validate()).toThrow(/string/);
  });

  it('allows in the kubelet just what the pod sets and the kubelet calls unsafe', () => {
    const allowed = kubelet?.['allowedUnsafeSysctls'];
    expect(allowed).toEqual(kubernetesSplit(plan).unsafe.map((one) => one.name));
    const { spec } = pod as { spec: { securityContext: { sysctls: { name: string }[] } } };
    for (const { name } of spec.securityContext.sysctls) expect(name).toMatch(/^net\.(ipv4|core)\./);
  });

  it('has kube-proxy keep the table as large as the plan says', () => {
    expect(proxy?.['conntrack']).toMatchObject({ min: plan.conntrack.max, tcpEstablishedTimeout: '98304s' });
  });

  it('sets every setting in one place', () => {
    const { safe, unsafe, node } = kubernetesSplit(plan);
    const names = [...safe, ...unsafe, ...node].map((one) => one.name);
    expect(new Set(names).size).toBe(names.length);
    expect(node.map((one) => one.name)).toContain('net.netfilter.nf_conntrack_buckets');
    for (const { name } of node) expect(JSON.stringify(daemonSet)).toContain(`sysctl -w ${name}=`);
  });
});
