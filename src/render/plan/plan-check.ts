import type { Check, CheckRow } from '../../plan/index.js';
import { isUnboundedNofile } from '../../records/index.js';
import type { ErlangLimits } from '../../records/index.js';
import type { SettingDrift } from '../../limits/index.js';
import { formatCounted, formatCount } from '../numbers.js';
import { UNBOUNDED_NOFILE } from '../words/nofile.js';
import { valueWords } from './plan-words.js';
import { safeJson, safeText } from '../safe-text.js';
import { wrap } from '../wrap.js';

const MARKS: Readonly<Record<CheckRow['verdict'], string>> = {
  holds: 'ok          ',
  'not-applied': 'NOT APPLIED ',
  'not-kept': 'NOT KEPT    ',
  drifted: 'DRIFTED     ',
  unknown: 'UNKNOWN     ',
};

/** A host compared with a plan, or with its own files, as text: problems first. */
export function checkText({ status, rows }: Check, open: OpenFiles | null, foreignLines = 0): string {
  const wrong = rows.filter(({ verdict }) => verdict !== 'holds');
  const right = rows.filter(({ verdict }) => verdict === 'holds');
  const planned = rows.some(({ wanted }) => wanted !== null);
  const heads = {
    ok: planned
      ? 'OK  the plan is in effect, now and after a reboot.'
      : 'OK  the running values match the files.',
    warning: rows.every(({ verdict }) => verdict === 'holds')
      ? 'WARNING  the plan is in effect, but an open file limit has no bound.'
      : planned
        ? 'WARNING  the plan is in effect now, but part of it is lost at the next reboot.'
        : 'WARNING  running values and files differ.',
    critical: 'CRITICAL  the plan is not in effect.',
    unknown: 'UNKNOWN  some settings could not be read.',
  };
  return [
    heads[status],
    '',
    ...wrong.flatMap(rowText),
    ...(open === null ? [] : wrap(openFilesWords(open))),
    ...(open === null ? [] : erlangRows(open).flatMap((row) => wrap(erlangWords(row)))),
    ...(right.length === 0 ? [] : [`${formatCounted(right.length, 'setting')} ok.`]),
    ...(foreignLines === 0
      ? []
      : wrap(
          `${formatCounted(foreignLines, 'line')} of the file ${foreignLines === 1 ? 'sets a sysctl' : 'set sysctls'} that no plan sets: ignored.`,
        )),
    '',
  ].join('\n');
}

/** The rows in lines, without a heading. */
export function checkRowsText(rows: readonly CheckRow[]): string[] {
  return rows.flatMap(rowText);
}

/** The open-files limit of the servers that listen on the plan's ports. */
export interface OpenFiles {
  readonly wanted: number;
  /** Limits of an Erlang emulator that the plan wants; absent or `null` where it wants none. */
  readonly erlang?: { readonly ports: number | null; readonly processes: number | null };
  readonly servers: readonly {
    readonly comm: string;
    readonly pid: number;
    readonly limit: number | null;
    /** What its emulator was started with; absent or `null` for other servers. */
    readonly erlang?: ErlangLimits | null;
  }[];
}

/** A limit of a running Erlang emulator, compared with the plan. */
export interface ErlangRow {
  readonly who: string;
  readonly name: string;
  readonly present: number;
  readonly wanted: number;
  readonly isEnough: boolean;
}

/** The emulators of the servers that were found, each limit by the name that EMQX has for it. */
export function erlangRows({ erlang, servers }: OpenFiles): ErlangRow[] {
  return servers.flatMap(({ comm, pid, erlang: running }) => {
    const rowOf = (name: string, present: number | null, wanted: number | null): ErlangRow[] =>
      present === null || wanted === null
        ? []
        : [{ who: `${safeText(comm, 16)}(${pid})`, name, present, wanted, isEnough: present >= wanted }];
    return [
      ...rowOf('node.max_ports', running?.ports ?? null, erlang?.ports ?? null),
      ...rowOf('node.process_limit', running?.processes ?? null, erlang?.processes ?? null),
    ];
  });
}

function erlangWords({ who, name, present, wanted, isEnough }: ErlangRow): string {
  return `${isEnough ? MARKS.holds : MARKS['not-applied']}${name}: the emulator of ${who} runs with ${formatCount(present)}${isEnough ? '' : `, planned ${formatCount(wanted)}; it takes more at its next start`}.`;
}

function openFilesWords({ wanted, servers }: OpenFiles): string {
  if (servers.length === 0)
    return `Nothing is listening on the plan's ports: LimitNOFILE=${wanted} is not checked.`;
  return servers
    .map(({ comm, pid, limit }) =>
      limit === null
        ? `UNKNOWN     LimitNOFILE of ${safeText(comm, 16)}(${pid}) could not be read.`
        : isUnboundedNofile(limit)
          ? `TOO LARGE   LimitNOFILE of ${safeText(comm, 16)}(${pid}) is ${valueWords(String(limit))}: ${UNBOUNDED_NOFILE}; planned ${wanted}.`
          : limit >= wanted
            ? `ok          LimitNOFILE of ${safeText(comm, 16)}(${pid}) is ${limit}.`
            : `NOT APPLIED LimitNOFILE of ${safeText(comm, 16)}(${pid}) is ${limit}, planned ${wanted}.`,
    )
    .join(' ');
}

function rowText(row: CheckRow): string[] {
  const planned = row.wanted === null ? '' : `, planned ${valueWords(row.wanted)}`;
  return [
    ...wrap(`${MARKS[row.verdict]}${row.name} is ${valueWords(row.drift.running)}${planned}`),
    ...wrap(`${driftWords(row.drift)}.`, '    '),
    ...row.drift.loses.flatMap(({ file, line, value, why }) =>
      wrap(`${placeWords({ file, line })} says ${safeText(value, 60)}, but ${LOSES[why]}.`, '    '),
    ),
  ];
}

const LOSES = {
  overridden: 'a later file or line overrides it',
  masked: 'a file of the same name hides it',
  glob: 'a line with the full name overrides a pattern',
  'not-read': 'that file is not read at boot',
} as const;

function placeWords({ file, line }: { readonly file: string; readonly line: number | null }): string {
  return line === null ? safeText(file, 200) : `${safeText(file, 200)}:${line}`;
}

/** What the files say of a setting; no full stop. */
function driftWords({ verdict, file, heldBy, kubeProxy, kernelDefault }: SettingDrift): string {
  const said = file === null ? 'no file sets it' : `${placeWords(file)} sets ${safeText(file.value, 60)}`;
  const proxy =
    kubeProxy === null ? 'a Kubernetes proxy' : `${safeText(kubeProxy.comm, 16)}(${kubeProxy.pid})`;
  switch (verdict) {
    case 'same':
      return `${said}${heldBy === null ? '' : `, held by ${placeWords(heldBy)}`}`;
    case 'lost-at-next-boot':
      return `${said}, but that file is read before nf_conntrack is loaded, so the setting is lost at boot; the udev rule of \`ctdiag plan --format udev\` applies it again`;
    case 'lost-at-module-load':
      return `${said}, but that file was read before nf_conntrack was loaded, so the kernel's default is in effect; the udev rule of \`ctdiag plan --format udev\` applies it again`;
    case 'overwritten-by-kube-proxy':
      return `${said}, but ${proxy} writes its own value: set conntrack.min in its configuration`;
    case 'set-by-kube-proxy':
      return `no file sets it; ${proxy} sets it at each start`;
    case 'drift':
      return `${said}: the running value or the file was changed since`;
    case 'run-time-only':
      return `no file sets it: the next boot resets it to ${valueWords(kernelDefault?.value ?? null)}`;
    case 'default':
      return file === null ? 'kernel default; no file sets it' : `kernel default; ${said}`;
    case 'unset':
      return 'no file sets it';
    case 'unknown':
      return file !== null && heldBy === null
        ? `${said}, but nothing applies it when its module is loaded later`
        : `${said}; the running value could not be read`;
  }
}

/** The same as JSON. */
export function checkJson({ status, rows }: Check, open: OpenFiles | null, foreignLines = 0): string {
  return safeJson(
    `${JSON.stringify(
      {
        schema: 1,
        status,
        settings: rows.map(({ name, wanted, verdict, drift }) => ({
          name,
          verdict,
          running: drift.running,
          planned: wanted,
          file: drift.file,
          because: drift.verdict,
          loses: drift.loses,
          heldBy: drift.heldBy,
          kubeProxy: drift.kubeProxy,
          kernelDefault: drift.kernelDefault?.value ?? null,
        })),
        openFiles: open,
        foreignLines,
      },
      null,
      2,
    )}\n`,
  );
}
