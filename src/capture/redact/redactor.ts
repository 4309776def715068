import { createHmac, randomBytes } from 'node:crypto';
import type { FlowGroup, Owner, ProcessUse, StreamHeader, StreamRecord } from '../../records/index.js';
import { createAddressMap } from './addresses.js';
import { isNeutral } from './neutral-words.js';
import { redactSettings } from './settings.js';

/** Replaces what identifies the owner of a stream; figures, times, ports and pids stay. */
export interface Redactor {
  header(header: StreamHeader): StreamHeader;
  /** `null` for a record of a type that only a newer ctdiag knows. */
  record(record: StreamRecord): StreamRecord | null;
}

type NameKind = 'host' | 'process' | 'netns' | 'boot' | 'name';

/**
 * Starts a redactor. Each name or address has one alias for the life of the redactor; the secret is not stored, and
 * without it an alias cannot be traced back.
 */
// eslint-disable-next-line max-lines-per-function -- one closure over the maps by which names stay consistent
export function createRedactor(secret: Buffer = randomBytes(32)): Redactor {
  const addresses = createAddressMap(secret);
  const names = new Map<string, string>();

  function aliasOf(kind: NameKind, name: string): string {
    // `?` and empty stand for what could not be read.
    if (name === '' || name === '?') return name;
    const key = `${kind}:${name}`;
    let alias = names.get(key);
    if (alias === undefined) {
      alias = `${kind}-${createHmac('sha256', secret).update(key).digest('hex').slice(0, 8)}`;
      if (names.size >= MAX_REMEMBERED) names.clear();
      names.set(key, alias);
    }
    return alias;
  }

  const redactAddress = (text: string): string => addresses.map(text) ?? aliasOf('name', text);

  /** Free text: replaces addresses, what looks like an identity, and all words that are not known to be harmless. */
  function redactText(text: string): string {
    return text.replace(TOKEN, (token: string, ...groups: unknown[]) => {
      const { version, identity, address, numbers } = groups.at(-1) as TokenGroups;
      if (version !== undefined) return token;
      if (identity !== undefined) return aliasOf('name', identity);
      if (address !== undefined) return redactAddressLike(address);
      if (numbers !== undefined && isIdentifyingRun(numbers)) return aliasOf('name', numbers);
      return token.replace(WORD, redactWord);
    });
  }

  function redactAddressLike(text: string): string {
    for (const candidate of [text, text.replace(/[:.]+$/, '')]) {
      const mapped = addresses.map(candidate);
      if (mapped !== null) return mapped + text.slice(candidate.length);
    }
    // A time or a place in a program (`stdin:3:1`) stays; four or more numbers with dots do not.
    if (/^\d+\.\d+\.\d+\.\d/.test(text)) return aliasOf('name', text);
    return text.replace(WORD, redactWord);
  }

  /** A version of bpftrace or ctdiag, and whatever stands behind it. */
  function redactVersion(text: string): string {
    const version = /^(?:bpftrace )?v?\d{1,2}(?:\.\d{1,3}){0,2}(?![\d.])/.exec(text)?.[0] ?? '';
    return version + redactText(text.slice(version.length));
  }
  const redactWord = (word: string): string => (isNeutral(word) ? word : aliasOf('name', word));
  const redactNullable = (text: string | null): string | null => (text === null ? null : redactText(text));

  function redactLabel(label: string): string {
    const ofProcess = /^netns of (.*)\((\d+)\)$/s.exec(label);
    if (ofProcess !== null)
      return `netns of ${aliasOf('process', ofProcess[1] ?? '')}(${ofProcess[2] ?? ''})`;
    const named = /^(netns|pod|docker|podman|containerd|cri-o|lxc|machine|container) (.+)$/s.exec(label);
    return named === null ? aliasOf('netns', label) : `${named[1] ?? ''} ${aliasOf('name', named[2] ?? '')}`;
  }

  const redactOwner = <T extends Owner>(owner: T): T => ({ ...owner, comm: aliasOf('process', owner.comm) });
  const redactProcessUse = (use: ProcessUse): ProcessUse => ({
    ...redactOwner(use),
    // The path of a control group names a service, a pod or a container.
    ...(use.cgroup === undefined ? {} : { cgroup: aliasOf('name', use.cgroup) }),
    ...(use.tasks === undefined
      ? {}
      : { tasks: { ...use.tasks, cgroup: aliasOf('name', use.tasks.cgroup) } }),
  });
  const redactFlow = (group: FlowGroup): FlowGroup => ({
    ...group,
    source: redactAddress(group.source),
    destination: redactAddress(group.destination),
  });

  return {
    header: (header) => ({
      ...header,
      host: aliasOf('host', header.host),
      // Custom kernels may carry a name behind the version.
      kernel:
        versionPrefix(header.kernel) + redactText(header.kernel.slice(versionPrefix(header.kernel).length)),
      ctdiag: redactVersion(header.ctdiag),
      bootId: header.bootId === null ? null : aliasOf('boot', header.bootId),
    }),
    record(record) {
      switch (record.type) {
        case 'listeners':
          return {
            ...record,
            listeners: record.listeners.map((listener) => ({
              ...listener,
              address: redactAddress(listener.address),
              owner: listener.owner === null ? null : redactOwner(listener.owner),
            })),
          };
        case 'processes':
          return { ...record, processes: record.processes.map(redactProcessUse) };
        case 'flows':
          return {
            ...record,
            refused: record.refused.map(redactFlow),
            opened: record.opened.map(redactFlow),
          };
        case 'ports':
          return {
            ...record,
            ports: record.ports.map((port) => ({
              ...port,
              source: redactAddress(port.source),
              destination: redactAddress(port.destination),
            })),
          };
        case 'netns':
          return { ...record, label: redactLabel(record.label) };
        case 'coverage':
          return {
            ...record,
            reason: redactNullable(record.reason),
            bpftraceVersion: record.bpftraceVersion === null ? null : redactVersion(record.bpftraceVersion),
            hooks: record.hooks.map((hook) => ({ ...hook, reason: redactNullable(hook.reason) })),
            unreadable: record.unreadable.map(({ what, why }) => ({
              what: redactText(what),
              why: redactText(why),
            })),
            ...(record.unread === undefined
              ? {}
              : {
                  unread: record.unread.map((group) => ({
                    ...group,
                    names: group.names.map(redactText),
                    why: redactText(group.why),
                  })),
                }),
            ...(record.unwatched === undefined
              ? {}
              : { unwatched: record.unwatched.map((path) => ({ ...path, seen: redactText(path.seen) })) }),
          };
        case 'settings':
          return redactSettings(record, {
            name: (name) => aliasOf('name', name),
            process: (comm) => aliasOf('process', comm),
            text: redactText,
          });
        case 'gap':
        case 'end':
          return { ...record, reason: redactText(record.reason) };
        case 'mark':
          return { ...record, note: redactText(record.note) };
        case 'sample':
        case 'tick':
        case 'dropped':
          return record;
        case 'unknown':
          return null;
      }
    },
  };
}

const versionPrefix = (kernel: string): string => /^\d+(?:\.\d+)*/.exec(kernel)?.[0] ?? '';

/** Aliases that are cached; beyond that they are computed again, with the same result. */
const MAX_REMEMBERED = 20_000;

/** Anything but ASCII spaces and punctuation; `_` and `-` separate too, so that each part of a name is replaced. */
const WORD = /[^\0-/:-@[-`{-~]+/gu;
/** What a token of free text is; at most one is there. */
interface TokenGroups {
  /** A version with the name of a program that is no secret: stays. */
  readonly version?: string;
  /** Always replaced whole. */
  readonly identity?: string;
  /** May be an address. */
  readonly address?: string;
  /** Several numbers in a row. */
  readonly numbers?: string;
}

/** What people write between the numbers of an address or of a phone. */
const BETWEEN_NUMBERS = String.raw`(?:[ .,;/_-]{1,2}|\[\.\]|\(\.\)| ?[\[(]dot[\])] ?| dot )`;

/**
 * First versions. Then what hides names and addresses from a look at words: percent-encoding, UUIDs, MACs, the
 * reversed nibbles of ip6.arpa. Then what may be an address: digits with dots, hexadecimal with colons, a network with
 * its length. Then several numbers, then words.
 */
const TOKEN = new RegExp(
  [
    String.raw`(?<version>\b(?:bpftrace|ctdiag|linux|llvm|version) v?\d{1,2}(?:\.\d{1,3}){1,2}(?![\d.]))`,
    String.raw`(?<identity>[\w.-]*(?:%[0-9a-f]{2}[\w.-]*)+|\b[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}\b|\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b|\b(?:[0-9a-f]\.){7,}[0-9a-f]?)`,
    String.raw`(?<address>(?:\d+(?:\.\d+){3,}|[0-9a-f]*:[0-9a-f:.]+)(?:/\d{1,3})?)`,
    String.raw`(?<numbers>\+?\d+(?:${BETWEEN_NUMBERS}\d+)+)`,
    WORD.source,
  ].join('|'),
  'giu',
);

/** Whether numbers in a row may be an address, a phone or another identity: three, or two close ones of six digits. */
function isIdentifyingRun(numbers: string): boolean {
  const each = numbers.match(/\d+/g) ?? [];
  return each.length >= 3 || (/^\+?\d+[ -]\d+$/.test(numbers) && each.join('').length >= 6);
}
