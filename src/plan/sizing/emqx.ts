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

/** Limits of Erlang and EMQX; what they are at present cannot be read from outside. */
export function emqxSettings({ target }: Basis): Setting[] {
  const { connections, ratePerSec, ports } = target;
  const each = PROCESSES + (TLS_PROCESSES - PROCESSES) * tlsShareOf(target);
  const listeners = emqxListeners(ports);
  const acceptors = Math.min(MOST_ACCEPTORS, Math.max(STOCK_ACCEPTORS, roundUp(ratePerSec / ACCEPTS_EACH)));
  const row = (omit: Omit<Parameters<typeof atLeast>[0], 'scope' | 'current'>): Setting =>
    atLeast({ scope: 'application', current: null, ...omit });
  return [
    row({
      name: 'node.process_limit',
      kind: 'erlang',
      needed: Math.min(MOST_ERLANG, nextPowerOfTwo(connections * each + OTHER_PROCESSES)),
      why: { rule: 'erlang-processes', connections, each, others: OTHER_PROCESSES },
    }),
    row({
      name: 'node.max_ports',
      kind: 'erlang',
      needed: Math.min(MOST_ERLANG, nextPowerOfTwo(serverFiles(connections))),
      why: { rule: 'erlang-ports', connections, spare: PORTS_SPARE, others: OTHER_PORTS },
    }),
    ...listeners.flatMap(({ name }) => [
      row({
        name: `listeners.${name}.max_connections`,
        kind: 'emqx',
        needed: roundUp(connections),
        why: { rule: 'listener-share', connections, listeners: listeners.length },
      }),
      row({
        name: `listeners.${name}.acceptors`,
        kind: 'emqx',
        needed: acceptors,
        why: { rule: 'acceptors', ratePerSec, each: ACCEPTS_EACH, stock: STOCK_ACCEPTORS },
      }),
      row({
        name: `listeners.${name}.tcp_options.backlog`,
        kind: 'emqx',
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
