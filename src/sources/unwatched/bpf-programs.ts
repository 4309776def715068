import type { UnwatchedPath } from '../../records/index.js';
import type { ToolRunner } from '../tools/run-tool.js';

/** Interfaces whose filters are asked for: each costs a process. */
const MAX_INTERFACES = 4;
const LIMITS = { timeoutMs: 5000, maxBytes: 4 * 1024 * 1024 };

/** XDP and tc programs of our namespace. No file shows them: ip(8) and tc(8) ask the kernel. */
export async function findBpfPrograms(tools: ToolRunner): Promise<UnwatchedPath[]> {
  const links = await linesOf(tools, ['ip', '-o', '-d', 'link', 'show']);
  const xdp = links.flatMap((line) => xdpIn(line) ?? []);
  const qdiscs = await linesOf(tools, ['tc', 'qdisc', 'show']);
  const hooked = qdiscs.flatMap((line) => clsactIn(line) ?? []).slice(0, MAX_INTERFACES);
  const found: UnwatchedPath[] = xdp.slice(0, 1).map((name) => ({ id: 'xdp', seen: `${name}: xdp` }));
  for (const name of hooked) {
    const filters = await linesOf(tools, ['tc', 'filter', 'show', 'dev', name, 'ingress']);
    const more = await linesOf(tools, ['tc', 'filter', 'show', 'dev', name, 'egress']);
    const program = [...filters, ...more].find((line) => /\bbpf\b.*\b(?:direct-action|id \d)/.test(line));
    if (program === undefined) continue;
    found.push({ id: 'tc-bpf', seen: `${name}: tc filter bpf` });
    break;
  }
  return found;
}

/** `2: eth0: <…> mtu 1500 xdpgeneric qdisc …    prog/xdp id 12 …`: the name of the interface. */
export function xdpIn(line: string): string | null {
  if (!/\bprog\/xdp\b|\bxdp(?:generic|offload|drv|multi)?\b(?= )/.test(line)) return null;
  return interfaceIn(/^\d+: ([^:@\s]+)/.exec(line)?.[1]);
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
