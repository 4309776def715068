import { createHmac, randomBytes } from 'node:crypto';
import type { FlowGroup, Owner, ProcessUse, StreamHeader, StreamRecord } from '../../records/index.js';
import { createAddressMap } from './addresses.js';
import { isNeutral } from './neutral-words.js';
import { redactSettings } from './settings.js';

/** Takes out of a stream what says whose it is; figures, times, ports and pids stay. */
export interface Redactor {
  header(header: StreamHeader): StreamHeader;
  /** `null` for a record of a newer ctdiag, of which nothing is known. */
  record(record: StreamRecord): StreamRecord | null;
}

type NameKind = 'host' | 'process' | 'netns' | 'boot' | 'name';

/**
 * Starts a redactor. One name or address has one stand-in as long as the redactor lives, and without the secret,
 * which nobody keeps, no way leads back.
 */
export function createRedactor(secret: Buffer = randomBytes(32)): Redactor {
  const addresses = createAddressMap(secret);
  const names = new Map<string, string>();

  function nameOf(kind: NameKind, name: string): string {
    // What could not be read is told as such.
    if (name === '' || name === '?') return name;
    const key = `${kind}:${name}`;
    let alias = names.get(key);
    if (alias === undefined) {
      alias = `${kind}-${createHmac('sha256', secret).update(key).digest('hex').slice(0, 8)}`;
      if (names.size >= MOST_NAMES) names.clear();
      names.set(key, alias);
    }
    return alias;
  }

  const addressOf = (text: string): string => addresses.map(text) ?? nameOf('name', text);

  /** A sentence that may hold anything: addresses and words that are not known to be harmless are replaced. */
  function textOf(text: string): string {
    return text.replace(PIECE, (piece, like: string | undefined, address: string | undefined) => {
      if (like !== undefined) return nameOf('name', like);
      if (address === undefined) return wordOf(piece);
      const bare = address.replace(/[:.]+$/, '');
      for (const text of [address, bare]) {
        const mapped = addresses.map(text);
        if (mapped !== null) return mapped + address.slice(text.length);
      }
      // A clock, or a place in a program (`stdin:3:1`); four numbers with dots are more than that.
      if (/^\d+\.\d+\.\d+\.\d/.test(address)) return nameOf('name', address);
      return address.replace(WORD, wordOf);
    });
  }
  const wordOf = (word: string): string => (isNeutral(word) ? word : nameOf('name', word));
  const textOrNull = (text: string | null): string | null => (text === null ? null : textOf(text));

  function labelOf(label: string): string {
    const ofProcess = /^netns of (.*)\((\d+)\)$/s.exec(label);
    if (ofProcess !== null) return `netns of ${nameOf('process', ofProcess[1] ?? '')}(${ofProcess[2] ?? ''})`;
    const named = /^(netns|pod|docker|podman|containerd|cri-o|lxc|machine|container) (.+)$/s.exec(label);
    return named === null ? nameOf('netns', label) : `${named[1] ?? ''} ${nameOf('name', named[2] ?? '')}`;
  }

  const process = <T extends Owner>(t: T): T => ({ ...t, comm: nameOf('process', t.comm) });
  const processUse = (processUse: ProcessUse): ProcessUse => ({
    ...process(processUse),
    // A control group is named by a service, a pod, a container.
    ...(processUse.tasks === undefined
      ? {}
      : { tasks: { ...processUse.tasks, cgroup: nameOf('name', processUse.tasks.cgroup) } }),
  });
  const flow = (group: FlowGroup): FlowGroup => ({
    ...group,
    source: addressOf(group.source),
    destination: addressOf(group.destination),
  });

  return {
    header: (header) => ({
      ...header,
      host: nameOf('host', header.host),
      // A kernel built by its owner may bear his name.
      kernel: versionOf(header.kernel) + textOf(header.kernel.slice(versionOf(header.kernel).length)),
      ctdiag: textOf(header.ctdiag),
      bootId: header.bootId === null ? null : nameOf('boot', header.bootId),
    }),
    record(record) {
      switch (record.type) {
        case 'listeners':
          return {
            ...record,
            listeners: record.listeners.map((listener) => ({
              ...listener,
              address: addressOf(listener.address),
              owner: listener.owner === null ? null : process(listener.owner),
            })),
          };
        case 'processes':
          return { ...record, processes: record.processes.map(processUse) };
        case 'flows':
          return { ...record, refused: record.refused.map(flow), opened: record.opened.map(flow) };
        case 'ports':
          return {
            ...record,
            ports: record.ports.map((port) => ({
              ...port,
              source: addressOf(port.source),
              destination: addressOf(port.destination),
            })),
          };
        case 'netns':
          return { ...record, label: labelOf(record.label) };
        case 'coverage':
          return {
            ...record,
            reason: textOrNull(record.reason),
            bpftraceVersion: textOrNull(record.bpftraceVersion),
            hooks: record.hooks.map((hook) => ({ ...hook, reason: textOrNull(hook.reason) })),
            unreadable: record.unreadable.map(({ what, why }) => ({ what: textOf(what), why: textOf(why) })),
          };
        case 'settings':
          return redactSettings(record, {
            name: (name) => nameOf('name', name),
            process: (comm) => nameOf('process', comm),
            text: textOf,
          });
        case 'gap':
        case 'end':
          return { ...record, reason: textOf(record.reason) };
        case 'mark':
          return { ...record, note: textOf(record.note) };
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

const versionOf = (kernel: string): string => /^\d+(?:\.\d+)*/.exec(kernel)?.[0] ?? '';

/** Stand-ins that are remembered; beyond it they are computed anew, and are the same. */
const MOST_NAMES = 20_000;

/** Anything but ASCII's spaces and punctuation, `_` and `-` included: a name in parts is all its parts. */
const WORD = /[^\0-/:-@[-`{-~]+/gu;
/**
 * First what hides an address in a name: a MAC, a host such as `ip-10-0-0-1`. Then what may be an address: digits
 * with dots, hexadecimal with colons, a network with its length. Then words.
 */
const PIECE = new RegExp(
  [
    String.raw`(\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b|\d{1,3}(?:[-_]\d{1,3}){3})`,
    String.raw`((?:\d+(?:\.\d+){3,}|[0-9a-f]*:[0-9a-f:.]+)(?:/\d{1,3})?)`,
    WORD.source,
  ].join('|'),
  'giu',
);
