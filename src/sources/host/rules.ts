import type { ConntrackReading, RulesReading } from '../../records/index.js';
import { readOnce } from '../kernel/proc-file.js';
import { createToolRunner } from '../tools/run-tool.js';
import { firstLine } from '../tools/tool-failure.js';

const TIMEOUT_MS = 5000;
/** A ruleset of a large Kubernetes node is some tens of megabytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What container networks call their interfaces: Docker, CNI plugins, Kubernetes' proxies. */
const CONTAINER_INTERFACE =
  /^(docker\d|br-[0-9a-f]{12}$|cni\d|cbr\d|flannel|cali|vxlan\.calico|tunl\d|cilium|lxc|weave|kube-ipvs\d|nodelocaldns|podman\d|ovn-)/;

/**
 * Looks at the packet filter's rules for what needs connection tracking. A program that lists rules would load the
 * modules that hold them, so each is asked only where those are there.
 */
export async function readRules(
  root: string,
  conntrack: ConntrackReading,
  interfaces: readonly string[],
): Promise<RulesReading> {
  const containerInterfaces = interfaces.filter((name) => CONTAINER_INTERFACE.test(name));
  const texts: string[] = [];
  const failures: string[] = [];
  for (const [there, program, args] of listingCommands(root)) {
    if (!there) continue;
    const listed = await runListing(program, args);
    if ('text' in listed) texts.push(listed.text);
    else failures.push(listed.why);
  }
  const marks = texts.map(markRules);
  return {
    // Without the module no rule can use it, so the rules need not be read.
    read: failures.length === 0 || conntrack.module === 'absent',
    why: failures.length === 0 ? null : failures.join('; '),
    nat: marks.some((mark) => mark.nat),
    stateful: marks.some((mark) => mark.stateful),
    containerInterfaces,
  };
}

function listingCommands(root: string): [there: boolean, program: string, args: string[]][] {
  const tables = (file: string): boolean => {
    const read = readOnce(`${root}/proc/net/${file}`);
    // Readable by root alone: for others it is there, and the program says what is missing.
    return 'text' in read ? read.text.trim() !== '' : read.why !== 'ENOENT';
  };
  const modules = readOnce(`${root}/proc/modules`);
  const nft = 'text' in modules && /^nf_tables /m.test(modules.text);
  const builtIn = 'text' in readOnce(`${root}/sys/module/nf_tables/uevent`);
  return [
    [nft || builtIn, 'nft', ['--stateless', 'list', 'ruleset']],
    [tables('ip_tables_names'), 'iptables-legacy-save', []],
    [tables('ip6_tables_names'), 'ip6tables-legacy-save', []],
  ];
}

/** What a listing of nft or iptables-save says of NAT and of states; comments and names prove nothing. */
export function markRules(text: string): Pick<RulesReading, 'nat' | 'stateful'> {
  const rules = text
    .split('\n')
    .map((line) => line.replace(/"[^"]*"/g, '""').replace(/#.*$/, ''))
    .join('\n');
  return {
    nat: /\b(masquerade|snat|dnat|redirect|MASQUERADE|SNAT|DNAT|REDIRECT|NETMAP)\b/.test(rules),
    stateful:
      /\bct (state|status|mark|count|zone|helper|label|direction|original|reply|expiration|bytes|packets)\b|\bmeter\b.*\bct\b|-m (conntrack|state|connlimit|connmark|helper|connbytes|connlabel)\b|\b(CT|CONNMARK|SYNPROXY)\b.*--|\bflow add\b/.test(
        rules,
      ),
  };
}

async function runListing(
  program: string,
  args: readonly string[],
): Promise<{ readonly text: string } | { readonly why: string }> {
  const lines: string[] = [];
  const end = await createToolRunner().run([program, ...args], (line) => lines.push(line), {
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  });
  if (!end.failed) return { text: lines.join('\n') };
  if (end.refused !== null) return { why: end.refused };
  if (end.isMissing) return { why: `${program} is not installed` };
  if (end.timedOut) return { why: `${program} did not end within ${TIMEOUT_MS / 1000} s` };
  if (end.isCut) return { why: `${program} lists more than ${MAX_BYTES / 2 ** 20} MB of rules` };
  return { why: `${program}: ${firstLine(end.error) ?? `exit code ${String(end.exitCode ?? end.signal)}`}` };
}
