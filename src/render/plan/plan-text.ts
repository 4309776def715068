import { notrackRules } from '../../plan/index.js';
import type { Plan, Setting } from '../../plan/index.js';
import { counted, formatBytes, formatCount } from '../numbers.js';
import { costWords, scopeWords, userWords, valueWords, whyWords } from './plan-words.js';
import { safeText } from '../safe-text.js';
import { wrap } from '../wrap.js';

/** The plan for a person, 80 columns wide: `plan --format text`. */
export function planText(plan: Plan): string {
  const of = (...actions: readonly Setting['action'][]): Setting[] =>
    plan.settings.filter((setting) => actions.includes(setting.action));
  const change = of('raise', 'lower', 'set');
  return [
    ...heading(plan),
    '',
    ...verdict(plan),
    '',
    ...part('To change', change, plan),
    ...part('Enough as they are', of('enough'), plan),
    ...part('Leave alone', of('leave'), plan),
    ...cost(plan),
    '',
    ...conntrack(plan),
    '',
    ...sources(plan),
    '',
  ].join('\n');
}

function heading({ target, host, memoryBytes, cpus }: Plan): string[] {
  const rate = `${formatCount(target.ratePerSec)} new per second${
    target.rateAssumed ? ' (all back in 5 minutes; --rate says otherwise)' : ''
  }`;
  const where = `${host.host === null ? 'a machine with stock settings' : safeText(host.host, 40)}, Linux ${safeText(host.kernel ?? '?', 40)}, ${formatBytes(memoryBytes)}, ${counted(cpus, 'CPU')}`;
  return wrap(`${counted(target.connections, 'connection')} (${target.profile}), ${rate}, on ${where}`);
}

function verdict(plan: Plan): string[] {
  const { memory, stopsFirst, slowsFirst, target, unknown } = plan;
  const lines = wrap(memoryWords(plan));
  if (stopsFirst !== null) {
    const limit = `${stopsFirst.name} = ${valueWords(stopsFirst.current)}, at ${counted(stopsFirst.stopsAt ?? 0, 'connection')}.`;
    lines.push(
      ...wrap(
        memory.most < (stopsFirst.stopsAt ?? 0)
          ? `STOPS FIRST  the RAM, at ${formatCount(memory.most)}; of the settings ${limit}`
          : `STOPS FIRST  ${limit}`,
      ),
    );
  } else if (memory.fits)
    lines.push(...wrap(`No limit that could be read stops ${counted(target.connections, 'connection')}.`));
  if (slowsFirst !== null)
    lines.push(
      ...wrap(
        `AT THAT PACE  ${slowsFirst.name} = ${valueWords(slowsFirst.current)} overflows when the server pauses for a second: it holds ${formatCount(slowsFirst.stopsAtRate)} new connections.`,
      ),
    );
  if (unknown.length > 0)
    lines.push(
      ...wrap(
        `Unknown at present, and may stop sooner: ${unknown.map((text) => safeText(text, 60)).join(', ')}.`,
      ),
    );
  return lines;
}

/** Whether the RAM holds them, in a sentence or two. */
export function memoryWords({ memory, target }: Plan): string {
  const each = formatBytes(memory.perConnectionBytes);
  return memory.fits
    ? `YES  they take ${formatBytes(memory.totalBytes)} of ${formatBytes(memory.memoryBytes)}, ${each} each; there is room for ${formatCount(memory.most)}.`
    : `NO  ${counted(target.connections, 'connection')} of ${each} take ${formatBytes(memory.totalBytes)}, and this RAM holds ${formatCount(memory.most)} of them (${formatBytes(memory.memoryBytes)} less ${formatBytes(memory.reservedBytes)} for the system).`;
}

/** Settings that follow one another for the same reason share its words. */
function part(title: string, settings: readonly Setting[], plan: Plan): string[] {
  if (settings.length === 0) return [];
  const lines = [title];
  settings.forEach((setting, index) => {
    const next = settings[index + 1];
    lines.push(headOf(setting));
    const words = detail(setting, plan);
    if (next === undefined || detail(next, plan) !== words)
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

function detail(setting: Setting, plan: Plan): string {
  const { needed, action } = setting;
  const marks = [
    ...(setting === plan.stopsFirst ? ['stops first'] : []),
    scopeWords(setting),
    ...(setting.costBytes === null || action === 'leave' ? [] : [`up to ${formatBytes(setting.costBytes)}`]),
    ...(setting.stopsAt === null ? [] : [`stops at ${counted(setting.stopsAt, 'connection')} now`]),
    ...(setting.stopsAtRate === null ? [] : [`holds ${formatCount(setting.stopsAtRate)} now`]),
    ...(action === 'enough' && needed !== null && needed !== setting.current
      ? [`${valueWords(needed)} needed`]
      : []),
  ];
  return `${marks.join('; ')}.\n${whyWords(setting.why)}`;
}

function cost({ memory }: Plan): string[] {
  return [
    `What each connection takes: ${formatBytes(memory.perConnectionBytes)}`,
    ...memory.perConnection.map((connectionCost) => {
      const [title, from] = costWords(connectionCost);
      return `  ${title.padEnd(34)}${formatBytes(connectionCost.bytes).padStart(9)}  ${from}`;
    }),
  ];
}

function conntrack({ conntrackUse: use, target, host }: Plan): string[] {
  const ports = target.ports;
  switch (use.verdict) {
    case 'absent':
      return wrap(
        'Conntrack is not loaded: no connection is tracked, and its table is no limit while that is so.',
      );
    case 'unknown':
      return wrap(
        `Conntrack: whether it could be done without is not known, the rules could not be read (${safeText(use.why ?? '?', 200)}).`,
      );
    case 'needed':
      return [
        ...wrap(`Conntrack is needed here: ${use.users.map(userWords).join('; ')}.`),
        ...(use.notrackSafe
          ? notrack(ports)
          : wrap('NOTRACK would break it: translated packets must be tracked.')),
      ];
    case 'avoidable':
      return [
        ...wrap(
          'Conntrack could be done without: no NAT, no rule that looks at states, no container network, no module that uses it.',
        ),
        ...notrack(ports),
        ...(host.conntrack.module === 'built-in'
          ? wrap('It is built into this kernel, and cannot be unloaded.')
          : [
              ...wrap('Or unload it, which the kernel refuses while anything uses it:'),
              '      modprobe -r nf_conntrack',
            ]),
      ];
  }
}

function notrack(ports: readonly number[]): string[] {
  if (ports.length === 0)
    return wrap('With --listen 1883,8883 it gives the rules that keep those ports out of it.');
  return [
    ...wrap("A middle way: keep the listeners' packets out of it (nft -f FILE):"),
    ...notrackRules(ports)
      .trimEnd()
      .split('\n')
      .map((line) => `      ${line.replaceAll('\t', '  ')}`),
    ...wrap(
      'What breaks: rules with `ct state` no longer match those packets, so accept them by port or by `ct state untracked` before; port forwarding, connection limits and `conntrack -L` do not see them.',
      '  ',
    ),
  ];
}

function sources({ sources: one, target }: Plan): string[] {
  return wrap(
    `A load generator or proxy at the other end needs ${counted(one.addressesNow, 'source address', 'source addresses')} for ${counted(target.connections, 'connection')} to ${counted(one.destinations, 'destination')} with ${counted(one.portsNow, 'port')} each, ${formatCount(one.addressesWide)} with ip_local_port_range 1024 65535.`,
  );
}
