import { existsSync, opendirSync, readdirSync, readlinkSync } from 'node:fs';
import type { UnwatchedPath, UnwatchedPathId } from '../../records/index.js';
import { commOf } from '../kernel/namespaces.js';
import { readOnce } from '../kernel/proc-file.js';

/** Modules whose references say that something uses them: a bridge, a rule, a service. */
const MODULES: readonly (readonly [id: UnwatchedPathId, name: RegExp])[] = [
  ['open-vswitch', /^openvswitch$/],
  ['nfqueue', /^(?:nft_queue|xt_NFQUEUE)$/],
  ['synproxy', /^(?:nft_synproxy|ipt_SYNPROXY|ip6t_SYNPROXY|xt_SYNPROXY)$/],
];
/** Rings are made early; this many descriptors of each process are looked at, and so many processes. */
const MAX_FDS = 256;
const MAX_PROCESSES = 64;

/** What the files of /proc and /sys show to be in use. */
export function findByFiles(procRoot: string, sysRoot: string): UnwatchedPath[] {
  const interfaces = namesIn(`${sysRoot}/class/net`);
  return [
    ...findModules(textOf(`${procRoot}/modules`)),
    ...findIpvs(textOf(`${procRoot}/net/ip_vs`)),
    ...findQueues(textOf(`${procRoot}/net/netfilter/nfnetlink_queue`)),
    ...findDatapath('cilium', interfaces, /^cilium_(?:host|net)$/, [`${sysRoot}/fs/bpf/cilium`]),
    ...findDatapath('calico-ebpf', interfaces, /^bpf(?:in|out)\.cali$/, [`${sysRoot}/fs/bpf/calico`]),
    ...findRings(sysRoot, interfaces),
  ].filter(({ id }, index, all) => all.findIndex((other) => other.id === id) === index);
}

function findModules(modules: string): UnwatchedPath[] {
  return modules.split('\n').flatMap((line) => {
    const [name = '', , references] = line.split(' ');
    const module = MODULES.find(([, pattern]) => pattern.test(name));
    const count = Number(references);
    if (module === undefined || !(count > 0)) return [];
    return [{ id: module[0], seen: `module ${name}, ${count} ${count === 1 ? 'reference' : 'references'}` }];
  });
}

/** Services begin with their protocol; the lines of their servers with an arrow. */
function findIpvs(services: string): UnwatchedPath[] {
  const count = services.match(/^(?:TCP|UDP|SCTP|FWM) /gm)?.length ?? 0;
  return count === 0
    ? []
    : [{ id: 'ipvs', seen: `${count} ${count === 1 ? 'service' : 'services'} in /proc/net/ip_vs` }];
}

/** A line for each queue that a program listens at. */
function findQueues(queues: string): UnwatchedPath[] {
  const numbers = queues.split('\n').flatMap((line) => /^\s*(\d+)\s/.exec(line)?.[1] ?? []);
  return numbers.length === 0 ? [] : [{ id: 'nfqueue', seen: `queue ${numbers.slice(0, 4).join(', ')}` }];
}

function findDatapath(
  id: UnwatchedPathId,
  interfaces: readonly string[],
  ofDatapath: RegExp,
  folders: readonly string[],
): UnwatchedPath[] {
  const found = interfaces.find((name) => ofDatapath.test(name));
  if (found !== undefined) return [{ id, seen: `interface ${found}` }];
  const folder = folders.find((path) => existsSync(path));
  return folder === undefined ? [] : [{ id, seen: folder }];
}

/** A ring that was full has counted what it missed. */
function findRings(sysRoot: string, interfaces: readonly string[]): UnwatchedPath[] {
  return interfaces.flatMap((name): UnwatchedPath[] => {
    const folder = `${sysRoot}/class/net/${name}`;
    return ['rx_missed_errors', 'rx_fifo_errors'].flatMap((counter): UnwatchedPath[] => {
      const count = Number(textOf(`${folder}/statistics/${counter}`));
      return count > 0 ? [{ id: 'nic-rings', seen: `${name}: ${count} ${counter} since boot` }] : [];
    });
  });
}

/** Processes that listen and hold an io_uring: their accepts may pass the system call by. */
export function findIoUring(procRoot: string, pids: readonly number[]): UnwatchedPath[] {
  const pid = pids.slice(0, MAX_PROCESSES).find((candidate) => holdsIoUring(`${procRoot}/${candidate}/fd`));
  return pid === undefined
    ? []
    : [{ id: 'io-uring', seen: `${commOf(procRoot, pid)}(${pid}) holds an io_uring` }];
}

function holdsIoUring(folder: string): boolean {
  let directory;
  try {
    directory = opendirSync(folder);
  } catch {
    return false;
  }
  try {
    for (let seen = 0; seen < MAX_FDS; seen += 1) {
      const entry = directory.readSync();
      if (entry === null) return false;
      if (linkOf(`${folder}/${entry.name}`) === 'anon_inode:[io_uring]') return true;
    }
    return false;
  } finally {
    directory.closeSync();
  }
}

/** Empty where there is no such link, or it may not be read. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  const read = readOnce(path);
  return 'text' in read ? read.text : '';
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
