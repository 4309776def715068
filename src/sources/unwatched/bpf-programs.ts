import type { UnwatchedPath } from '../../records/index.js';
import type { FilteredInterfaces } from '../host-view.js';
import type { ToolRunner } from '../tools/run-tool.js';

/** Interfaces whose filters are asked for: each costs a process. */
const MAX_INTERFACES = 4;
const LIMITS = { timeoutMs: 5000, maxBytes: 4 * 1024 * 1024 };

/** What looks at packets before the network stack does. */
export interface FoundFilters {
  readonly unwatched: readonly UnwatchedPath[];
  readonly filtered: FilteredInterfaces;
}

/** XDP and tc programs of our namespace. No file shows them: ip(8) and tc(8) ask the kernel. */
export async function findBpfPrograms(tools: ToolRunner): Promise<FoundFilters> {
  const links = await linesOf(tools, ['ip', '-o', '-d', 'link', 'show']);
  const xdp = links.flatMap((line) => xdpIn(line) ?? []);
  const qdiscs = await linesOf(tools, ['tc', 'qdisc', 'show']);
  const tc = qdiscs.flatMap((line) => clsactIn(line) ?? []);
  const unwatched: UnwatchedPath[] = xdp.slice(0, 1).map(({ name, program }) => ({
    id: 'xdp',
    seen: `${name}: xdp${program === null ? '' : ` ${program}`}`,
  }));
  for (const name of tc.slice(0, MAX_INTERFACES)) {
    const filters = await linesOf(tools, ['tc', 'filter', 'show', 'dev', name, 'ingress']);
    const more = await linesOf(tools, ['tc', 'filter', 'show', 'dev', name, 'egress']);
    const program = [...filters, ...more].map(tcProgramIn).find((found) => found !== null);
    if (program === undefined) continue;
    unwatched.push({ id: 'tc-bpf', seen: `${name}: tc filter bpf${program === '' ? '' : ` ${program}`}` });
    break;
  }
  return { unwatched, filtered: { tc, xdp: xdp.map(({ name }) => name) } };
}

/** `2: eth0: <…> mtu 1500 xdpgeneric qdisc …    prog/xdp id 12 name drop …`: the interface, and the program's name. */
export function xdpIn(line: string): { readonly name: string; readonly program: string | null } | null {
  if (!/\bprog\/xdp\b|\bxdp(?:generic|offload|drv|multi)?\b(?= )/.test(line)) return null;
  const name = interfaceIn(/^\d+: ([^:@\s]+)/.exec(line)?.[1]);
  const program = /\bprog\/xdp id \d+ name ([\w.-]{1,16})/.exec(line)?.[1] ?? null;
  return name === null ? null : { name, program };
}

/** `filter … bpf chain 0 handle 0x1 cil_from_netdev direct-action not_in_hw id 9 name …`: the name, empty without one. */
export function tcProgramIn(line: string): string | null {
  if (!/\bbpf\b.*\b(?:direct-action|id \d)/.test(line)) return null;
  const named =
    /\bid \d+ name ([\w.-]{1,16})/.exec(line) ??
    /\bhandle \S+ (?!direct-action\b)([\w.:[\]/-]{1,64})/.exec(line);
  return named?.[1] ?? '';
}

/** `qdisc clsact ffff: dev eth0 parent ffff:fff1`: the name of the interface. */
export function clsactIn(line: string): string | null {
  return interfaceIn(/^qdisc (?:clsact|ingress) \S+ dev (\S+)/.exec(line)?.[1]);
}

/** A name that begins like an option would be taken for one. */
function interfaceIn(name: string | undefined): string | null {
  return name === undefined || name.startsWith('-') ? null : name;
}

async function linesOf(tools: ToolRunner, command: readonly [string, ...string[]]): Promise<string[]> {
  const lines: string[] = [];
  await tools.run(command, (line) => lines.push(line), LIMITS);
  return lines;
}
