import type { Check, CheckRow } from '../../plan/index.js';
import type { SettingDrift } from '../../limits/index.js';
import { counted } from '../numbers.js';
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

/** How a host stands to a plan, or to its own files, for a person. What is wrong comes first. */
export function checkText({ status, rows }: Check, open: OpenFiles | null, foreignLines = 0): string {
  const wrong = rows.filter(({ verdict }) => verdict !== 'holds');
  const right = rows.filter(({ verdict }) => verdict === 'holds');
  const planned = rows.some(({ wanted }) => wanted !== null);
  const heads = {
    ok: planned ? 'OK  the plan holds, now and after a boot.' : 'OK  what runs is what the files say.',
    warning: planned
      ? 'WARNING  the plan holds now, but not all of it will last.'
      : 'WARNING  what runs and what the files say differ.',
    critical: 'CRITICAL  the plan does not hold.',
    unknown: 'UNKNOWN  some of it could not be read.',
  };
  return [
    heads[status],
    '',
    ...wrong.flatMap(rowText),
    ...(open === null ? [] : wrap(openFilesWords(open))),
    ...(right.length === 0
      ? []
      : [`${counted(right.length, 'setting')} ${right.length === 1 ? 'holds' : 'hold'}.`]),
    ...(foreignLines === 0
      ? []
      : wrap(
          `${counted(foreignLines, 'line')} of the file set what no plan sets, and ${foreignLines === 1 ? 'was' : 'were'} passed over.`,
        )),
    '',
  ].join('\n');
}

/** What does not hold, in lines, without a heading. */
export function checkRowsText(rows: readonly CheckRow[]): string[] {
  return rows.flatMap(rowText);
}

/** The limit of open files of the servers at the plan's ports. */
export interface OpenFiles {
  readonly wanted: number;
  readonly servers: readonly { readonly comm: string; readonly pid: number; readonly limit: number | null }[];
}

function openFilesWords({ wanted, servers }: OpenFiles): string {
  if (servers.length === 0)
    return `Nobody listens at the plan's ports: LimitNOFILE=${wanted} is not checked.`;
  return servers
    .map(({ comm, pid, limit }) =>
      limit === null
        ? `UNKNOWN     LimitNOFILE of ${safeText(comm, 16)}(${pid}) could not be read.`
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
  overridden: 'a later file or line wins',
  masked: 'a file of the same name hides it',
  glob: 'a line that names the setting wins over a pattern',
  'not-read': 'nothing reads that file at boot',
} as const;

function placeWords({ file, line }: { readonly file: string; readonly line: number | null }): string {
  return line === null ? safeText(file, 200) : `${safeText(file, 200)}:${line}`;
}

/** What the files make of a setting, without the end of the sentence. */
function driftWords({ verdict, file, heldBy, kubeProxy, kernelDefault }: SettingDrift): string {
  const said = file === null ? 'no file sets it' : `${placeWords(file)} sets ${safeText(file.value, 60)}`;
  const proxy =
    kubeProxy === null ? 'a Kubernetes proxy' : `${safeText(kubeProxy.comm, 16)}(${kubeProxy.pid})`;
  switch (verdict) {
    case 'same':
      return `${said}${heldBy === null ? '' : `, held by ${placeWords(heldBy)}`}`;
    case 'lost-at-next-boot':
      return `${said}, but a boot reads that before nf_conntrack is loaded; \`ctdiag plan --format udev\` is the rule that has it read again`;
    case 'lost-at-module-load':
      return `${said}, but it was read before nf_conntrack was loaded, which began with the kernel's default; \`ctdiag plan --format udev\` is the rule that has it read again`;
    case 'overwritten-by-kube-proxy':
      return `${said}, but ${proxy} writes its own at each start: set conntrack.min in its configuration`;
    case 'set-by-kube-proxy':
      return `no file sets it; ${proxy} does at each start`;
    case 'drift':
      return `${said}: somebody has changed one of them since`;
    case 'run-time-only':
      return `no file sets it, and a boot brings back ${valueWords(kernelDefault?.value ?? null)}`;
    case 'default':
      return "no file sets it: it is the kernel's default";
    case 'unset':
      return 'no file sets it';
    case 'unknown':
      return file !== null && heldBy === null
        ? `${said}, and nothing will apply that when its module is loaded later`
        : `${said}; what runs could not be read`;
  }
}

/** The same for machines. */
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
