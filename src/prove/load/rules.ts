import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { findProgram } from '../../shell/programs.js';
import { functionsOf } from '../../sources/bpftrace/system.js';
import { exactDecimal } from '../../sources/kernel/parse.js';
import type { Stall, StallId } from '../report.js';
import { connectAtOnce } from './connections.js';
import { made, skippedStalls } from './stalls.js';
import { runTool } from './tools.js';

/** All of 127/8 is local: a rule tells its packets by their address, for which no tool needs another module. */
const ADDRESS = { udp: '127.0.0.2', syn: '127.0.0.3', ownSyn: '127.0.0.4', tracked: '127.0.0.5' } as const;
const PACKETS = 10;
const PORT = 7008;

const DROPS: readonly StallId[] = ['rule-drop', 'rule-drop-syn', 'rule-drop-syn-own'];
const FLOWS: readonly StallId[] = ['conntrack-insert', 'conntrack-destroy'];

/** A way to set rules. */
interface RuleTool {
  readonly name: 'nft' | 'iptables';
  /** Functions of the kernel that must be there: whoever loads a module for them leaves it behind. */
  readonly drops: readonly string[];
  readonly tracks: readonly string[];
  addDrops(): void;
  addTracking(): void;
  /** Packets that each of the three rules has dropped, in the order of `DROPS`, as far as they are counted. */
  counted(): (number | null)[];
}

const NFT: RuleTool = {
  name: 'nft',
  drops: ['nft_do_chain', 'nft_counter_eval'],
  tracks: ['nft_do_chain', 'nft_ct_get_eval', 'nf_conntrack_in'],
  addDrops() {
    runTool(
      'nft',
      ['-f', '-'],
      `table ip prove {
        chain out {
          type filter hook output priority 0;
          ip daddr ${ADDRESS.udp} counter drop
          ip daddr ${ADDRESS.ownSyn} counter drop
        }
        chain in {
          type filter hook input priority 0;
          ip daddr ${ADDRESS.syn} counter drop
        }
      }\n`,
    );
  },
  addTracking() {
    runTool(
      'nft',
      ['-f', '-'],
      `table ip track {
        chain out {
          type filter hook output priority 0;
          ip daddr ${ADDRESS.tracked} ct state new accept
        }
      }\n`,
    );
  },
  counted() {
    const rules = runTool('nft', ['list', 'table', 'ip', 'prove']);
    return countedIn(rules, (address) => new RegExp(`daddr ${address} counter packets (\\d+) `));
  },
};

/** Over nf_tables or by itself: which one, its version says. */
function iptables(): RuleTool | null {
  let overNft: boolean;
  try {
    overNft = runTool('iptables', ['--version']).includes('nf_tables');
  } catch {
    return null;
  }
  const engine = overNft
    ? ['nft_do_chain', 'nft_counter_eval']
    : ['ipt_do_table', 'iptable_filter_table_init'];
  const append = (chain: string, ...rule: string[]): void =>
    void runTool('iptables', ['-A', chain, '-d', ...rule]);
  return {
    name: 'iptables',
    drops: engine,
    tracks: [...engine, ...(overNft ? ['nft_match_eval'] : []), 'conntrack_mt_v3', 'nf_conntrack_in'],
    addDrops() {
      append('OUTPUT', ADDRESS.udp, '-j', 'DROP');
      append('OUTPUT', ADDRESS.ownSyn, '-j', 'DROP');
      append('INPUT', ADDRESS.syn, '-j', 'DROP');
    },
    addTracking() {
      append('OUTPUT', ADDRESS.tracked, '-m', 'conntrack', '--ctstate', 'NEW', '-j', 'ACCEPT');
    },
    counted() {
      const rules = runTool('iptables', ['-nvxL']);
      return countedIn(
        rules,
        (address) => new RegExp(`^ *(\\d+) .* ${address.replaceAll('.', '\\.')} *$`, 'm'),
      );
    },
  };
}

function countedIn(rules: string, pattern: (address: string) => RegExp): (number | null)[] {
  return [ADDRESS.udp, ADDRESS.syn, ADDRESS.ownSyn].map((address) =>
    exactDecimal(pattern(address).exec(rules)?.[1]),
  );
}

/** Packets that a rule drops: those that are sent, and SYNs in and out. */
export async function dropByRules(): Promise<Stall[]> {
  const tool = await findTool('drops');
  if (typeof tool === 'string') return skippedStalls(DROPS, tool);
  tool.addDrops();
  const load = await sendDatagrams(ADDRESS.udp);
  for (const address of [ADDRESS.syn, ADDRESS.ownSyn])
    for (const { socket } of await connectAtOnce(PACKETS, address, PORT)) socket.destroy();
  const [udp = null, syn = null, ownSyn = null] = tool.counted();
  const all = udp === null || syn === null || ownSyn === null ? null : udp + syn + ownSyn;
  return [
    made('rule-drop', { kernel: all, load: load + 2 * PACKETS }),
    made('rule-drop-syn', { kernel: syn, load: PACKETS }),
    made('rule-drop-syn-own', { kernel: ownSyn, load: PACKETS }),
  ];
}

/** Flows that enter the table of this namespace; with the namespace they leave it. */
export async function trackFlows(): Promise<Stall[]> {
  const tool = await findTool('tracks');
  if (typeof tool === 'string') return skippedStalls(FLOWS, tool);
  tool.addTracking();
  const failed = await sendDatagrams(ADDRESS.tracked);
  const entries = exactDecimal(readFileSync('/proc/sys/net/netfilter/nf_conntrack_count', 'utf8').trim());
  const load = PACKETS - failed;
  return FLOWS.map((id) => made(id, { kernel: entries, load }));
}

/** The first tool that is there and needs no module that is not; else why none. */
async function findTool(use: 'drops' | 'tracks'): Promise<RuleTool | string> {
  const tools = [
    ...(findProgram('nft').file === null ? [] : [NFT]),
    ...[iptables()].filter((tool) => tool !== null),
  ];
  if (tools.length === 0) return 'neither nft nor iptables is installed';
  const wanted = new Set(tools.flatMap((tool) => tool[use]));
  const present = await functionsOf('/proc/kallsyms', wanted);
  if (use === 'tracks' && !present.has('nf_conntrack_in')) return 'nf_conntrack is not loaded';
  const tool = tools.find((candidate) => candidate[use].every((name) => present.has(name)));
  return (
    tool ?? `a rule of ${tools.map(({ name }) => name).join(' or ')} would load a module, which would stay`
  );
}

/** Sends packets, each from a port of its own: how many could not be sent. */
async function sendDatagrams(address: string): Promise<number> {
  const sockets: Socket[] = [];
  const errors = await Promise.all(
    Array.from({ length: PACKETS }, async () => {
      const socket = createSocket('udp4');
      sockets.push(socket);
      return new Promise<Error | null>((resolve) => socket.send('prove', PORT, address, resolve));
    }),
  );
  for (const socket of sockets) socket.close();
  return errors.filter((error) => error !== null).length;
}
