import { serverFiles } from './files.js';
import { tlsShareOf } from '../target.js';
import { acceptQueue } from './queues.js';
import { atLeast, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import type { Basis } from '../target.js';

/** Erlang processes per connection; TLS adds two of the ssl application. */
const PROCESSES = 1;
const TLS_PROCESSES = 3;
/** Processes beside the clients': rules, bridges, the node itself. */
const OTHER_PROCESSES = 65_536;
const PORTS_SPARE = 1.1;
const OTHER_PORTS = 1024;
/** +P and +Q of Erlang/OTP go no further. */
const MOST_ERLANG = 134_217_727;
/** New connections per second that one acceptor process handles, TLS included. */
const ACCEPTS_EACH = 250;
const STOCK_ACCEPTORS = 16;
const MOST_ACCEPTORS = 256;

/** EMQX's default listeners by port. */
const LISTENERS: Readonly<Record<number, string>> = {
  1883: 'tcp.default',
  8883: 'ssl.default',
  8083: 'ws.default',
  8084: 'wss.default',
};

/** The listeners of the given ports, by EMQX's name. */
function emqxListeners(ports: readonly number[]): { readonly port: number; readonly name: string }[] {
  const named = ports.flatMap((port) => {
    const name = LISTENERS[port];
    return name === undefined ? [] : [{ port, name }];
  });
  return named.length > 0 ? named : [{ port: 1883, name: 'tcp.default' }];
}

/** EMQX's defaults: `node.max_ports` up to 6.2, and the backlog of a listener. */
const STOCK_PORTS = 1_048_576;
const STOCK_BACKLOG = 1024;
/** `auto` of 6.3: so many ports per CPU up to eight CPUs, and STOCK_PORTS for more. */
const AUTO_PER_CPU = 65_536;
const AUTO_CPUS = 8;
/** From 5.1.1 on processes follow the ports. */
const PROCESSES_A_PORT = 2;

/**
 * How EMQX sets Erlang's tables. `both`: by node.process_limit and node.max_ports; `ports`: from 5.1.1 on processes are
 * twice node.max_ports, and node.process_limit is ignored; `auto`: from 6.3 on the ports follow the CPUs unless they are
 * set, and node.process_limit counts only where it is more than twice the ports.
 */
type TableRule = 'both' | 'ports' | 'auto';

/** `null` when the version is not known. */
function tableRuleOf(version: string | null | undefined): TableRule | null {
  if (version == null) return null;
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const rank = major * 1_000_000 + minor * 1000 + patch;
  return rank >= 6_003_000 ? 'auto' : rank >= 5_001_001 ? 'ports' : 'both';
}

/** Ports where `node.max_ports` is not set, as Erlang rounds them. */
function stockPorts(rule: TableRule, cpus: number): number {
  return rule === 'auto' && cpus <= AUTO_CPUS ? nextPowerOfTwo(AUTO_PER_CPU * cpus) : STOCK_PORTS;
}

/** Limits of Erlang and EMQX. Present values are those of the running emulator, else the defaults of the version. */
export function emqxSettings(basis: Basis): Setting[] {
  const { ratePerSec, ports } = basis.target;
  const acceptors = Math.min(MOST_ACCEPTORS, Math.max(STOCK_ACCEPTORS, roundUp(ratePerSec / ACCEPTS_EACH)));
  return [
    ...tableSettings(basis),
    ...emqxListeners(ports).flatMap(({ name }) => [
      row({
        name: `listeners.${name}.acceptors`,
        kind: 'emqx',
        current: String(STOCK_ACCEPTORS),
        needed: acceptors,
        why: { rule: 'acceptors', ratePerSec, each: ACCEPTS_EACH, stock: STOCK_ACCEPTORS },
      }),
      row({
        name: `listeners.${name}.tcp_options.backlog`,
        kind: 'emqx',
        current: String(STOCK_BACKLOG),
        needed: acceptQueue(ratePerSec),
        why: { rule: 'listener-backlog', somaxconn: acceptQueue(ratePerSec) },
      }),
    ]),
  ];
}

/** Erlang's tables of processes and ports. */
function tableSettings({ target, host, cpus }: Basis): Setting[] {
  const { connections } = target;
  const tlsShare = tlsShareOf(target);
  const each = PROCESSES + (TLS_PROCESSES - PROCESSES) * tlsShare;
  const rule = tableRuleOf(target.emqxVersion);
  const processes = Math.min(MOST_ERLANG, nextPowerOfTwo(connections * each + OTHER_PROCESSES));
  const forFiles = nextPowerOfTwo(serverFiles(connections));
  const running = host.servers.find(({ erlang }) => erlang != null)?.erlang ?? null;
  const stock = rule === null ? null : stockPorts(rule, cpus);
  const presentPorts = running?.ports ?? stock;
  const presentProcesses = running?.processes ?? (stock === null ? null : stock * PROCESSES_A_PORT);
  // Nothing is known to stop an emulator that does not run.
  const portsHold = running === null || presentPorts === null ? null : presentPorts - OTHER_PORTS;
  const processesHold =
    running === null || presentProcesses === null
      ? null
      : Math.floor((presentProcesses - OTHER_PROCESSES) / each);
  const followsPorts = rule === 'ports' || rule === 'auto';
  // From 6.3 on a TCP listener has the backend `socket`, whose connections are no ports of Erlang; TLS still has them.
  const portsBind = rule !== 'auto' || tlsShare > 0;
  return [
    ...(followsPorts
      ? []
      : [
          row({
            name: 'node.process_limit',
            kind: 'erlang',
            current: presentProcesses === null ? null : String(presentProcesses),
            needed: processes,
            why: { rule: 'erlang-processes', connections, each, others: OTHER_PROCESSES },
            stopsAt: leastOf(processesHold),
          }),
        ]),
    row({
      name: 'node.max_ports',
      kind: 'erlang',
      current: presentPorts === null ? null : String(presentPorts),
      needed: Math.min(
        MOST_ERLANG,
        rule === 'both' ? forFiles : Math.max(forFiles, processes / PROCESSES_A_PORT),
      ),
      why: {
        rule: 'erlang-ports',
        connections,
        spare: PORTS_SPARE,
        others: OTHER_PORTS,
        processes: rule === 'both' ? null : processes,
      },
      stopsAt: leastOf(portsBind ? portsHold : null, followsPorts ? processesHold : null),
    }),
  ];
}

/** The smaller of those that are known, at least 0; `null` where none is. */
function leastOf(...figures: readonly (number | null)[]): number | null {
  const known = figures.filter((figure) => figure !== null);
  return known.length === 0 ? null : Math.max(0, Math.min(...known));
}

function row(setting: Omit<Parameters<typeof atLeast>[0], 'scope'>): Setting {
  return atLeast({ scope: 'application', ...setting });
}

/** Erlang rounds its tables up to a power of two. */
function nextPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}
