import { existsSync } from 'node:fs';
import type { ElapsedMs, MetricName, Netns } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import { parseSysctl } from '../kernel/parse.js';
import type { Figures } from '../kernel/parse.js';
import type { Source } from '../source.js';
import { createLookSource } from './look-source.js';
import { createLooks } from './looks.js';
import type { Looks } from './looks.js';
import { inNamespace } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';
import { countOverloaded, parseIpvs } from './ipvs.js';

/** What decides beside the servers, a value a line. */
const SETTINGS = [
  ['/proc/sys/net/ipv4/vs/conn_reuse_mode', 'net.ipv4.vs.conn_reuse_mode'],
  ['/proc/sys/net/ipv4/vs/expire_nodest_conn', 'net.ipv4.vs.expire_nodest_conn'],
] as const satisfies readonly (readonly [file: string, name: MetricName])[];

/** Between two looks in a namespace. */
const LOOK_MS = 5000;
const LIMITS = { timeoutMs: 5000, maxBytes: 8 * 1024 * 1024 };

interface Place {
  lookedMs: ElapsedMs;
  /** SYNs dropped and ICMP answers as of the last look. */
  refusals: number;
}

/** Services of IPVS, looked at only where it is loaded and new connections are dropped or answered by ICMP. */
export function openIpvsSource(options: {
  readonly procRoot: string;
  readonly view: HostView;
}): Source & Pick<Looks, 'settled'> {
  const { procRoot, view } = options;
  const looks = createLooks();
  const { tools } = looks;
  const places = new Map<Netns, Place>();
  let failure: string | null = null;

  function refusalsIn(netns: Netns): number {
    const names = [
      'probe.netfilter_drop_syn',
      'Icmp.OutDestUnreachs',
    ] as const satisfies readonly MetricName[];
    return names.reduce((sum, name) => sum + (view.figure(netns, name) ?? 0), 0);
  }

  async function linesOf(file: string | null, command: readonly [string, ...string[]]): Promise<string[]> {
    const lines: string[] = [];
    const end = await tools.run(inNamespace(file, command), (line) => lines.push(line), LIMITS);
    if (command[0] === 'ipvsadm') failure = toolFailure('ipvsadm', end);
    return lines;
  }

  async function look(netns: Netns, file: string | null): Promise<void> {
    const services = parseIpvs((await linesOf(file, ['cat', '/proc/net/ip_vs'])).join('\n'));
    const figures: Figures = {
      'ip_vs.empty_services': services.filter(({ servers }) => servers.length === 0).length,
      'ip_vs.asked_port': null,
      'ip_vs.asked_services': null,
      'ip_vs.asked_destinations': null,
      'ip_vs.asked_overloaded': null,
    };
    const port = view.figure(netns, 'probe.netfilter_drop_port');
    const asked = services.filter((service) => service.port === port);
    if (port !== null && asked.length > 0) {
      for (const [setting, name] of SETTINGS) {
        const [value = ''] = await linesOf(file, ['cat', setting]);
        Object.assign(figures, parseSysctl(value, [name]));
      }
      const servers = Math.min(...asked.map((service) => service.servers.length));
      figures['ip_vs.asked_port'] = port;
      figures['ip_vs.asked_services'] = asked.length;
      figures['ip_vs.asked_destinations'] = servers;
      // Of several services at one port it is not known whose servers are full.
      if (servers > 0 && asked.length === 1) {
        const lines = await linesOf(file, ['ipvsadm', '-Ln', '--thresholds']);
        figures['ip_vs.asked_overloaded'] = failure === null ? countOverloaded(lines, port) : null;
      }
    }
    view.addFigures(netns, figures);
  }

  function nextLook(elapsedMs: ElapsedMs): (() => Promise<void>) | null {
    if (!existsSync(`${procRoot}/net/ip_vs`)) return null;
    for (const { netns, file } of [{ netns: view.own, file: null }, ...view.namespaces]) {
      const refusals = refusalsIn(netns);
      const place = places.get(netns);
      if (place === undefined) {
        // What was refused before says nothing of now.
        places.set(netns, { lookedMs: -LOOK_MS, refusals });
        continue;
      }
      if (refusals <= place.refusals || elapsedMs - place.lookedMs < LOOK_MS) continue;
      places.set(netns, { lookedMs: elapsedMs, refusals });
      return () => look(netns, file);
    }
    return null;
  }

  return createLookSource({ looks, nextLook, what: 'thresholds of IPVS servers', failure: () => failure });
}
