import type { ProcessFix } from '../../../diagnose/index.js';
import { formatBytes, formatCount } from '../../numbers.js';
import { processName } from '../subjects.js';
import { CHANGES_NOTHING } from './fix-draft.js';
import type { FixDraft } from './fix-draft.js';

/** How each broker is told how many ports its emulator may have. */
const SETTINGS: readonly (readonly [unit: RegExp, setting: (ports: number) => string])[] = [
  [/emqx/, (ports) => `in emqx.conf: node.max_ports = ${ports}`],
  [/rabbitmq/, (ports) => `in /etc/rabbitmq/rabbitmq-env.conf: SERVER_ADDITIONAL_ERL_ARGS="+Q ${ports}"`],
  [/vernemq/, (ports) => `in vernemq.conf: erlang.max_ports = ${ports}`],
];
/** A slot of the emulator's table of ports: a pointer and an index. */
const PORT_BYTES = 16;

/** More ports for an Erlang emulator: only its settings and a restart give it those. */
export function raiseErlangPorts({
  process,
  from,
  to,
}: Extract<ProcessFix, { id: 'raise-erlang-ports' }>): FixDraft {
  const known = SETTINGS.find(([unit]) => unit.test(process.cgroup ?? ''));
  const setting =
    known?.[1](to) ??
    `emulator flag +Q ${to} (vm.args, ERL_FLAGS="+Q ${to}"; EMQX node.max_ports, VerneMQ erlang.max_ports, RabbitMQ SERVER_ADDITIONAL_ERL_ARGS)`;
  return {
    ...CHANGES_NOTHING,
    action: `give the Erlang emulator ${formatCount(to)} ports: ${setting}; then restart the broker`,
    command: null,
    effect: `${formatCount(to)} ports take ${formatBytes((to - from) * PORT_BYTES)} more memory of the emulator at once`,
    caveat:
      'A restart closes every connection. Raise the limit of open files with it, and processes (+P) to at least twice the ports.',
  };
}

/** What the emulator was started with. */
export function findErlangPorts({ process }: Extract<ProcessFix, { id: 'find-erlang-ports' }>): FixDraft {
  return {
    ...CHANGES_NOTHING,
    action: `see which limits ${processName(process)} was started with`,
    command: `tr '\\0' ' ' < /proc/${process.pid}/cmdline | grep -oE -e ' -[QP] ?[0-9]+'`,
    effect: '-Q is the limit of ports, -P of processes; 65,536 ports if it shows no -Q.',
    caveat: 'The flags show however they were set.',
  };
}
