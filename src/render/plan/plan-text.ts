import { notrackRules } from '../../plan/index.js';
import type { Plan, Setting } from '../../plan/index.js';
import { formatCounted, formatBytes, formatCount } from '../numbers.js';
import { UNBOUNDED_NOFILE } from '../words/nofile.js';
import { costWords, isUnboundedSetting, scopeWords, userWords, valueWords, whyWords } from './plan-words.js';
import { safeText } from '../safe-text.js';
import { wrap } from '../wrap.js';

/** The plan as text, 80 columns wide: `plan --format text`. */
export function planText(plan: Plan): string {
  const of = (...actions: readonly Setting['action'][]): Setting[] =>
    plan.settings.filter((setting) => actions.includes(setting.action));
  const change = of('raise', 'lower', 'set');
  return [
    ...headingLines(plan),
    '',
    ...verdictLines(plan),
    '',
    ...sectionLines('To change', change, plan),
    ...sectionLines('Already high enough', of('enough'), plan),
    ...sectionLines('Leave alone', of('leave'), plan),
    ...costLines(plan),
    '',
    ...conntrackLines(plan),
    '',
    ...sourceLines(plan),
    '',
  ].join('\n');
}

function headingLines({ target, host, memoryBytes, cpus }: Plan): string[] {
  const rate = `${formatCount(target.ratePerSec)} new per second${
    target.rateAssumed ? ' (all clients reconnect within 5 minutes; override with --rate)' : ''
  }`;
  const where = `${host.host === null ? 'a host with default settings' : safeText(host.host, 40)}, Linux ${safeText(host.kernel ?? '?', 40)}, ${formatBytes(memoryBytes)}, ${formatCounted(cpus, 'CPU')}`;
  return wrap(`${formatCounted(target.connections, 'connection')} (${target.profile}), ${rate}, on ${where}`);
}

function verdictLines(plan: Plan): string[] {
  const { memory, stopsFirst, slowsFirst, target, unknown } = plan;
  const lines = wrap(memoryWords(plan));
  if (stopsFirst !== null) {
    const limit = `${stopsFirst.name} = ${valueWords(stopsFirst.current)}, at ${formatCounted(stopsFirst.stopsAt ?? 0, 'connection')}.`;
    lines.push(
      ...wrap(
        memory.most < (stopsFirst.stopsAt ?? 0)
          ? `STOPS FIRST  the RAM, at ${formatCount(memory.most)}; the first setting is ${limit}`
          : `STOPS FIRST  ${limit}`,
      ),
    );
  } else if (memory.fits)
    lines.push(
      ...wrap(`No limit that could be read is below ${formatCounted(target.connections, 'connection')}.`),
    );
  if (slowsFirst !== null)
    lines.push(
      ...wrap(
        `AT THAT PACE  ${slowsFirst.name} = ${valueWords(slowsFirst.current)} holds ${formatCount(slowsFirst.stopsAtRate)} new connections: it overflows if the server does not accept for a second.`,
      ),
    );
  if (unknown.length > 0)
    lines.push(
      ...wrap(
        `Current value unknown, may be lower: ${unknown.map((text) => safeText(text, 60)).join(', ')}.`,
      ),
    );
  return lines;
}

/** Whether the connections fit into the RAM, in a sentence or two. */
export function memoryWords({ memory, target }: Plan): string {
  const each = formatBytes(memory.perConnectionBytes);
  return memory.fits
    ? `YES  they fit: ${formatBytes(memory.totalBytes)} of ${formatBytes(memory.memoryBytes)} RAM, ${each} per connection. Room for ${formatCount(memory.most)}.`
    : `NO  ${formatCounted(target.connections, 'connection')} need ${formatBytes(memory.totalBytes)} (${each} per connection). The RAM has room for ${formatCount(memory.most)} (${formatBytes(memory.memoryBytes)} less ${formatBytes(memory.reservedBytes)} for the system).`;
}

/** Prints the reason once for settings in a row that share it. */
function sectionLines(title: string, settings: readonly Setting[], plan: Plan): string[] {
  if (settings.length === 0) return [];
  const lines = [title];
  settings.forEach((setting, index) => {
    const next = settings[index + 1];
    lines.push(headOf(setting));
    const words = detailWords(setting, plan);
    if (next === undefined || detailWords(next, plan) !== words)
      lines.push(...words.split('\n').flatMap((line) => wrap(line, '      ')));
  });
  return [...lines, ''];
}

function headOf({ name, current, needed, action }: Setting): string {
  const values =
    action === 'leave' || action === 'enough' || needed === null
      ? valueWords(current)
      : `${valueWords(current)} -> ${valueWords(needed)}`;
  return `  ${safeText(name, 60)}  ${values}`;
}

function detailWords(setting: Setting, plan: Plan): string {
  const { needed, action } = setting;
  const marks = [
    ...(setting === plan.stopsFirst ? ['stops first'] : []),
    scopeWords(setting),
    ...(setting.costBytes === null || action === 'leave'
      ? []
      : [`up to ${formatBytes(setting.costBytes)} of memory when full`]),
    ...(setting.stopsAt === null ? [] : [`current limit: ${formatCounted(setting.stopsAt, 'connection')}`]),
    ...(setting.stopsAtRate === null ? [] : [`current limit: ${formatCount(setting.stopsAtRate)} waiting`]),
    ...(isUnboundedSetting(setting) ? [UNBOUNDED_NOFILE] : []),
    ...(action === 'enough' && needed !== null && needed !== setting.current
      ? [`${valueWords(needed)} needed`]
      : []),
  ];
  return `${marks.join('; ')}.\n${whyWords(setting.why)}`;
}

function costLines({ memory }: Plan): string[] {
  const { share, assumedBy, bytesEach } = memory.tls;
  const tls =
    assumedBy.length > 0
      ? `TLS is assumed for all connections, as ${assumedBy.length === 1 ? 'port' : 'ports'} ${assumedBy.join(', ')} ${assumedBy.length === 1 ? 'uses' : 'use'} it (override with --tls 30%)`
      : share > 0
        ? `TLS for ${Math.round(share * 1000) / 10} % of the connections`
        : 'Without TLS in the server; --tls 30% says that a share of the connections uses it';
  return [
    `Memory per connection: ${formatBytes(memory.perConnectionBytes)}`,
    ...memory.perConnection.map((connectionCost) => {
      const [title, from] = costWords(connectionCost);
      return `  ${title.padEnd(34)}${formatBytes(connectionCost.bytes).padStart(9)}  ${from}`;
    }),
    ...wrap(`${tls}: ${formatBytes(bytesEach)} more for each of them.`),
  ];
}

function conntrackLines({ conntrackUse: use, target, host }: Plan): string[] {
  const ports = target.ports;
  switch (use.verdict) {
    case 'absent':
      return wrap('Conntrack is not loaded: no connection is tracked, so its table is not a limit.');
    case 'unknown':
      return wrap(
        `Conntrack: unknown whether anything needs it, because the rules could not be read (${safeText(use.why ?? '?', 200)}).`,
      );
    case 'needed':
      return [
        ...wrap(`Conntrack is needed here: ${use.users.map(userWords).join('; ')}.`),
        ...(use.notrackSafe
          ? notrackLines(ports)
          : wrap('NOTRACK would break NAT: translated packets must be tracked.')),
      ];
    case 'avoidable':
      return [
        ...wrap(
          'Nothing found here needs conntrack: no NAT, no stateful rule, no container network, no module that uses it.',
        ),
        ...notrackLines(ports),
        ...(host.conntrack.module === 'built-in'
          ? wrap('It is built into this kernel and cannot be unloaded.')
          : [
              ...wrap('Or unload it (the kernel refuses while something uses it):'),
              '      modprobe -r nf_conntrack',
            ]),
      ];
  }
}

function notrackLines(ports: readonly number[]): string[] {
  if (ports.length === 0)
    return wrap('Add --listen 1883,8883 to get rules that keep those ports out of conntrack.');
  return [
    ...wrap("To keep only the listeners' packets out of conntrack (nft -f FILE):"),
    ...notrackRules(ports)
      .trimEnd()
      .split('\n')
      .map((line) => `      ${line.replaceAll('\t', '  ')}`),
    ...wrap(
      'This breaks: rules with `ct state` no longer match those packets, so accept them earlier by port or by `ct state untracked`. Port forwarding, connection limits and `conntrack -L` no longer see them.',
      '  ',
    ),
  ];
}

function sourceLines({ sources, target }: Plan): string[] {
  return wrap(
    `A load generator or proxy needs ${formatCounted(sources.addressesNow, 'source address', 'source addresses')} to open ${formatCounted(target.connections, 'connection')} to ${formatCounted(sources.destinations, 'destination')} (${formatCounted(sources.portsNow, 'port')} each), or ${formatCount(sources.addressesWide)} with ip_local_port_range 1024 65535.`,
  );
}
