import { CEILING_KINDS } from '../../model/index.js';
import type { Ceiling, Window } from '../../model/index.js';
import type { SuspectedPlateau } from '../../limits/index.js';
import type { ClientAtRange, Rung, SetLimit, Suspect } from '../../limits/index.js';
import { isUnboundedNofile } from '../../records/index.js';
import type { ServiceLimit } from '../../records/index.js';
import { FIELDS } from '../fields.js';
import { formatCount } from '../numbers.js';
import { safeText } from '../safe-text.js';
import { placeOfLine, settingValue, whereSet } from '../words/sysctls.js';
import { ceilingTitle } from '../words/ceiling-title.js';
import { UNBOUNDED_NOFILE } from '../words/nofile.js';
import { addressOf, ownerOf, routeOf } from '../words/subjects.js';

/** What a ceiling applies to, in words. */
export function ceilingScopeWords({ id, scope }: Ceiling, window: Window): string {
  if (id === 'cgroup-tasks' && scope.kind === 'process')
    return `control group ${safeText(scope.process.tasks?.cgroup ?? '?', 120)}`;
  switch (scope.kind) {
    case 'node':
      return 'the whole node';
    case 'netns':
      return scope.netns === window.header.netns
        ? 'this network namespace'
        : safeText(window.last.netnsLabels.get(scope.netns) ?? `network namespace ${scope.netns}`, 60);
    case 'process':
      return `process ${safeText(scope.process.comm, 16)}(${scope.process.pid})`;
    case 'ports':
      return `connections ${routeOf(scope.ports)}`;
    case 'listener':
      return `listener ${addressOf(scope.listener)} of ${ownerOf(scope.listener)}`;
  }
}

/** Where the limit of a rung is set, in words. */
export function whereWords({ ceiling, setting, service }: Rung, others: readonly SetLimit[]): string {
  if (setting !== null) return settingWords(setting);
  switch (ceiling.id) {
    case 'process-fds':
      return `${nofileWords(service)}${isUnboundedNofile(ceiling.limit) ? `; ${UNBOUNDED_NOFILE}` : ''}`;
    case 'accept-queue': {
      const cap = others.find((other) => other.name === 'net.core.somaxconn');
      const capped = cap !== undefined && Number(cap.drift.running) === ceiling.limit;
      return capped
        ? `capped by net.core.somaxconn (the program asked listen(2) for as much or more): ${whereSet(cap.drift)}`
        : 'the backlog that the program passed to listen(2)';
    }
    case 'cgroup-tasks':
      return 'pids.max: TasksMax= of its unit, or the limit of its container';
    case 'tcp-memory':
      return 'net.ipv4.tcp_mem, third figure, in pages';
    default:
      return `${CEILING_KINDS[ceiling.id].setBy}; where it is set was not recorded`;
  }
}

/** A sysctl, where it is set, and the lines that have no effect. */
export function settingWords({ name, drift }: SetLimit): string {
  const losers = drift.loses
    .slice(0, 3)
    .map((lose) => `${placeOfLine(lose)} (${settingValue(lose.value)}, ${lose.why})`);
  const more = drift.loses.length - losers.length;
  const lost =
    losers.length === 0 ? '' : `; no effect: ${losers.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const held =
    drift.heldBy === null
      ? ''
      : `; applied at module load by ${HOLDERS[drift.heldBy.by]} ${placeOfLine(drift.heldBy)}`;
  return `${name}: ${whereSet(drift)}${held}${lost}`;
}

const HOLDERS = {
  udev: 'the udev rule',
  modprobe: 'the install line',
  'modules-load': 'early loading of the module,',
  'command-line': 'early loading of the module,',
  'built-in': 'the built-in module,',
} as const;

function nofileWords(service: ServiceLimit | null): string {
  if (service === null) return 'RLIMIT_NOFILE; where it is set is unknown';
  const unit = safeText(service.unit ?? '', 60);
  const line =
    service.nofile === null
      ? null
      : `${safeText(service.nofile.value, 30)} at ${placeOfLine(service.nofile)}`;
  switch (service.by) {
    case 'unit':
      return `LimitNOFILE of ${unit}: ${line ?? '?'}`;
    case 'manager':
      return line === null
        ? `${unit} sets no LimitNOFILE: systemd's default`
        : `${unit} sets no LimitNOFILE: DefaultLimitNOFILE ${line}`;
    case 'login':
      return line === null
        ? `${unit}: not in limits.conf; systemd's default`
        : `${unit}: pam_limits, ${line}`;
    case 'container':
      return `${unit}: the container's option (--ulimit nofile) or the runtime's default`;
    case null:
      return 'RLIMIT_NOFILE inherited from its parent: it runs in no unit';
  }
}

/** A plateau, in a sentence. */
export function plateauWords({ gauge, level, netns, attempts }: SuspectedPlateau, window: Window): string {
  if (gauge === 'asked') return `Ceilings with a value near ${formatCount(level)} on this host:`;
  const where =
    netns === null || netns === window.header.netns
      ? ''
      : ` in ${safeText(window.last.netnsLabels.get(netns) ?? String(netns), 40)}`;
  const [first] = attempts;
  const grown = first === undefined ? '' : ` (${formatCount(first.growth)} ${FIELDS[first.metric].title})`;
  return `${GAUGES[gauge] ?? FIELDS[gauge].title}${where} stay at ${formatCount(level)} while new connections are attempted${grown}. Ceilings near that value on this host:`;
}

const GAUGES: Readonly<Record<string, string>> = {
  'Tcp.CurrEstab': 'Established connections',
  'net.netfilter.nf_conntrack_count': 'Conntrack entries',
};

/** A ceiling with the value of a plateau, and whether the evidence rules it out. */
export function suspectWords({ name, limit, ceiling, client, verdict }: Suspect, window: Window): string {
  const title =
    ceiling !== null
      ? ceilingTitle(ceiling, window.last.netnsLabels, window.header.netns)
      : name === 'nat-ports'
        ? 'ports of source NAT to one destination'
        : name === 'client-ports'
          ? 'local ports of one client'
          : name;
  const used =
    client !== undefined
      ? clientWords(client)
      : ceiling !== null
        ? `${formatCount(ceiling.used)} used`
        : name === 'client-ports' && verdict === 'cleared'
          ? 'no client has as many connections to one port here'
          : 'usage not read here';
  return `${title}, ${formatCount(limit)}: ${VERDICTS[verdict]} (${used})`;
}

/** Who has how many connections to which port, and whose range of ports that is. */
export function clientWords({ peer, port, connections, range }: ClientAtRange): string {
  return `${safeText(peer, 45)} has ${formatCount(connections)} to port ${port}; ${formatCount(range.ports)} is ${RANGES[range.of]}`;
}

const RANGES: Readonly<Record<ClientAtRange['range']['of'], string>> = {
  'this-host': 'the range of this host, which its clients may share',
  linux: 'the default of Linux, 32768 to 60999',
  'windows-bsd': 'the default of Windows, macOS and the BSDs, 49152 to 65535',
  'nat-gateway': "what Amazon's NAT gateways have for one destination",
  'from-1024': 'all ports from 1024 on, and what source NAT uses',
};

const VERDICTS = {
  reached: 'reached',
  unknown: 'possible, usage unknown',
  cleared: 'ruled out',
} as const;

/** What a kind of ceiling is called. */
export function ceilingName(ceiling: Ceiling): string {
  return CEILING_KINDS[ceiling.id].title;
}
