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
/** `auto` of 6.3: so many processes and ports per CPU, for up to eight CPUs. */
const AUTO_PER_CPU = 65_536;
const AUTO_CPUS = 8;

/**
 * How EMQX sets Erlang's tables. `both`: by node.process_limit and node.max_ports; `ports`: 5.1.1 to 6.2 ignore
 * node.process_limit and make it twice node.max_ports; `auto`: from 6.3 on both follow the CPUs unless they are set.
 */
type TableRule = 'both' | 'ports' | 'auto';

/** `null` when the version is not known. */
function tableRuleOf(version: string | null | undefined): TableRule | null {
  if (version == null) return null;
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const rank = major * 1_000_000 + minor * 1000 + patch;
  return rank >= 6_003_000 ? 'auto' : rank >= 5_001_001 ? 'ports' : 'both';
}

/** Limits of Erlang and EMQX. Present values are those of the running emulator, else the defaults of the version. */
export function emqxSettings({ target, host, cpus }: Basis): Setting[] {
  const { connections, ratePerSec, ports } = target;
  const each = PROCESSES + (TLS_PROCESSES - PROCESSES) * tlsShareOf(target);
  const rule = tableRuleOf(target.emqxVersion);
  const processes = Math.min(MOST_ERLANG, nextPowerOfTwo(connections * each + OTHER_PROCESSES));
  const forFiles = nextPowerOfTwo(serverFiles(connections));
  const acceptors = Math.min(MOST_ACCEPTORS, Math.max(STOCK_ACCEPTORS, roundUp(ratePerSec / ACCEPTS_EACH)));
  const running = host.servers.find(({ erlang }) => erlang != null)?.erlang ?? null;
  const auto = AUTO_PER_CPU * Math.min(AUTO_CPUS, cpus);
  const present = (value: number | null | undefined, stock: number): string | null =>
    value != null ? String(value) : rule === 'auto' ? String(auto) : rule === null ? null : String(stock);
  const row = (omit: Omit<Parameters<typeof atLeast>[0], 'scope'>): Setting =>
    atLeast({ scope: 'application', ...omit });
  const presentPorts = present(running?.ports, STOCK_PORTS);
  return [
    ...(rule === 'ports'
      ? []
      : [
          row({
            name: 'node.process_limit',
            kind: 'erlang',
            current: present(running?.processes, 2 * STOCK_PORTS),
            needed: processes,
            why: { rule: 'erlang-processes', connections, each, others: OTHER_PROCESSES },
          }),
        ]),
    row({
      name: 'node.max_ports',
      kind: 'erlang',
      current: presentPorts,
      // Where the number of processes follows it, it must be enough for those too.
      needed: Math.min(
        MOST_ERLANG,
        rule === 'both' || rule === 'auto' ? forFiles : Math.max(forFiles, processes / 2),
      ),
      why: { rule: 'erlang-ports', connections, spare: PORTS_SPARE, others: OTHER_PORTS },
      stopsAt:
        running === null || presentPorts === null ? null : Math.max(0, Number(presentPorts) - OTHER_PORTS),
    }),
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

/** Erlang rounds its tables up to a power of two. */
function nextPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}
