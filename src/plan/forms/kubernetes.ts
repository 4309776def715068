import { persistentSysctls } from '../changes.js';
import type { SysctlChange } from '../changes.js';
import type { Plan } from '../plan.js';
import { headOf } from './head.js';

/** Sysctls that are safe for pods, with the Kubernetes release since when; `null`: all supported releases. */
const SAFE: Readonly<Record<string, string | null>> = {
  'net.ipv4.ip_local_port_range': null,
  'net.ipv4.tcp_syncookies': null,
  'net.ipv4.tcp_fin_timeout': '1.29',
  'net.ipv4.tcp_rmem': '1.32',
  'net.ipv4.tcp_wmem': '1.32',
};

/** The settings of a plan by where they are set in a cluster. */
export interface KubernetesSplit {
  readonly safe: readonly SysctlChange[];
  /** Namespaced, but only where the kubelet allows them. */
  readonly unsafe: readonly SysctlChange[];
  /** Of the node: a privileged pod must set them. kube-proxy sets nf_conntrack_max itself. */
  readonly node: readonly SysctlChange[];
}

/** Splits the settings by who may set them. */
export function kubernetesSplit(plan: Plan): KubernetesSplit {
  const changes = persistentSysctls(plan);
  const scopes = new Map(plan.settings.map((setting) => [setting.name, setting.scope]));
  const podOwned = (name: string): boolean =>
    scopes.get(name) === 'netns' && !name.startsWith('net.netfilter.');
  return {
    safe: changes.filter(({ name }) => podOwned(name) && Object.hasOwn(SAFE, name)),
    unsafe: changes.filter(({ name }) => podOwned(name) && !Object.hasOwn(SAFE, name)),
    node: changes.filter(({ name }) => !podOwned(name)),
  };
}

/**
 * Three documents: the pod's security context, kube-proxy's conntrack, and a DaemonSet that sets what belongs to the
 * node; and lines for the kubelet's list, as comments.
 */
export function kubernetesForm(plan: Plan): string {
  const { safe, unsafe, node } = kubernetesSplit(plan);
  const max = plan.conntrack.max;
  const established = node.find(({ name }) => name.endsWith('timeout_established'))?.to;
  const podSysctls = [...safe, ...unsafe];
  // Older kubelets call these unsafe; newer ones take a safe one in their list.
  const toAllow = podSysctls.filter(({ name }) => !Object.hasOwn(SAFE, name) || SAFE[name] !== null);
  return [
    ...headOf(plan, 'for a cluster', 'kubernetes'),
    "# 1. Add the securityContext to the server's pods.",
    ...(toAllow.length === 0
      ? []
      : ['#    The kubelet rejects the pod unless part 2 allows the sysctls marked unsafe.']),
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    '  name: server',
    'spec:',
    ...(podSysctls.length === 0
      ? []
      : [
          '  securityContext:',
          '    sysctls:',
          ...podSysctls.flatMap(({ name, to }) => [
            `      - name: ${name}${safetyComment(name)}`,
            `        value: "${to}"`,
          ]),
        ]),
    '  containers:',
    '    - name: server',
    '      image: server',
    '---',
    ...kubeletLines(toAllow),
    "# 3. Into kube-proxy's configuration. It writes nf_conntrack_max itself, over any sysctl.d file: the greater",
    '#    of maxPerCore x CPUs and min. From 1.36 on, a maxPerCore x CPUs above 1,048,576 ends there and min is',
    '#    never read; maxPerCore 1 leaves the decision to min in every version. k3s runs the same code:',
    `#    --kube-proxy-arg=conntrack-max-per-core=1 --kube-proxy-arg=conntrack-min=${max}`,
    'apiVersion: kubeproxy.config.k8s.io/v1alpha1',
    'kind: KubeProxyConfiguration',
    'conntrack:',
    '  maxPerCore: 1',
    `  min: ${max}`,
    ...(established === undefined ? [] : [`  tcpEstablishedTimeout: ${established}s`]),
    '---',
    "# 4. Sets what belongs to the node, in the node's own network namespace. LimitNOFILE comes from the container",
    '#    runtime: `systemctl edit containerd` (or crio) with --format systemd.',
    'apiVersion: apps/v1',
    'kind: DaemonSet',
    'metadata:',
    '  name: ctdiag-node-sysctls',
    '  namespace: kube-system',
    'spec:',
    '  selector:',
    '    matchLabels:',
    '      app: ctdiag-node-sysctls',
    '  template:',
    '    metadata:',
    '      labels:',
    '        app: ctdiag-node-sysctls',
    '    spec:',
    '      hostNetwork: true',
    '      initContainers:',
    '        - name: sysctls',
    '          image: busybox:1.37',
    '          securityContext:',
    '            privileged: true',
    '          command:',
    '            - sh',
    '            - -ec',
    '            - |',
    ...node.map(({ name, to }) => `              sysctl -w ${name}="${to}"`),
    '              true',
    '      containers:',
    '        - name: pause',
    '          image: busybox:1.37',
    '          command: ["tail", "-f", "/dev/null"]',
    '',
  ].join('\n');
}

/**
 * Lines for a list that may be there already, as comments: a second list, in the same file or in a drop-in of the
 * kubelet, would replace the first one, and pods that rely on it would not start any more.
 */
function kubeletLines(toAllow: readonly SysctlChange[]): string[] {
  if (toAllow.length === 0) return ["# 2. The kubelet's configuration needs nothing for these pods.", '#'];
  return [
    "# 2. Add to the list allowedUnsafeSysctls of the kubelet's configuration (often /var/lib/kubelet/config.yaml), on",
    '#    the nodes that the pods run on, then restart the kubelet. Lists are not merged: add these lines to the list',
    '#    that is there, and make one only where there is none.',
    '#    allowedUnsafeSysctls:',
    ...toAllow.map(({ name }) => `#      - ${name}${safetyComment(name)}`),
    '#',
  ];
}

/** A comment behind a sysctl of a pod: whether the kubelet must allow it. */
function safetyComment(name: string): string {
  if (!Object.hasOwn(SAFE, name)) return ' # unsafe';
  const since = SAFE[name] ?? null;
  return since === null ? '' : ` # safe since Kubernetes ${since}; older kubelets must allow it (part 2)`;
}
