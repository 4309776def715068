import type { KubeProxyKind } from '../../../diagnose/index.js';

/** What kube-proxy sets at each start, under the names of its configuration and of its options. */
export interface KubeProxySettings {
  readonly max?: number;
  readonly establishedSec?: number;
}

/**
 * The lasting form on a node of Kubernetes: kube-proxy's own configuration. `maxPerCore: 1` with `min` works for all
 * versions; from 1.36 on a maxPerCore that gives more than 1,048,576 ends there and min is not read.
 */
export function kubeProxyForm(kind: KubeProxyKind, { max, establishedSec }: KubeProxySettings): string {
  if (kind === 'k3s') {
    const args = [
      ...(max === undefined ? [] : ['conntrack-max-per-core=1', `conntrack-min=${max}`]),
      ...(establishedSec === undefined ? [] : [`conntrack-tcp-timeout-established=${establishedSec}s`]),
    ];
    return [
      '# k3s runs kube-proxy, which writes conntrack limits at each start. In /etc/rancher/k3s/config.yaml:',
      '# kube-proxy-arg:',
      ...args.map((arg) => `#   - ${arg}`),
      '# Then: systemctl restart k3s (on an agent: k3s-agent)',
    ].join('\n');
  }
  return [
    '# kube-proxy writes conntrack limits at each start. In its configuration',
    '# (kubectl -n kube-system edit configmap kube-proxy):',
    '# conntrack:',
    ...(max === undefined ? [] : ['#   maxPerCore: 1', `#   min: ${max}`]),
    ...(establishedSec === undefined ? [] : [`#   tcpEstablishedTimeout: ${establishedSec}s`]),
    '# Then: kubectl -n kube-system rollout restart daemonset kube-proxy',
  ].join('\n');
}

/** What becomes of a value of nf_conntrack_max that is set by hand. */
export const KUBE_PROXY_WRITES_BACK =
  'kube-proxy 1.29 to 1.37 writes its own value back at each start, other versions from 1.22 on only raise it';
