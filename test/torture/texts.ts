import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readState, STATE_FILE } from '../../src/apply/state.js';
import type { HostChanger } from '../../src/apply/host-changer.js';
import { applyConfig } from '../../src/cli/settings/apply-config.js';
import { UserError } from '../../src/exit.js';
import { BadPlan, isPersistentPath, readPlan, SETTABLE_SYSCTLS } from '../../src/plan/index.js';
import { safeText } from '../../src/safe-text.js';
import { parseEntry } from '../../src/sources/conntrack/parse-entry.js';
import { parseListener } from '../../src/sources/listeners/ss.js';
import { readAllowance } from '../../src/sources/on-demand/allowance.js';
import type { ToolRunner } from '../../src/sources/tools/run-tool.js';
import { seededRandom } from '../random.js';
import { NASTY } from '../scenarios/hostile.js';

/** What no reader of JSON, sysctl lines or a tool's columns expects. */
const EVIL: readonly string[] = [
  'null',
  '-1',
  '1e999',
  '9007199254740993',
  '99999999999999999999999',
  'NaN',
  '""',
  '[]',
  '{}',
  '{"__proto__":{"polluted":1}}',
  '"__proto__"',
  '__proto__',
  '../../../etc/passwd',
  'kernel.core_pattern',
  '/etc/udev/rules.d/90-ctdiag-conntrack.rules',
  '$(reboot)',
  '%s%n',
  '/*',
  NASTY,
  JSON.stringify(NASTY),
  '\0',
  '\n',
  '['.repeat(3000),
  '{"a":'.repeat(3000),
  'x'.repeat(5000),
  ' '.repeat(5000),
  ':'.repeat(2000),
];

const SETTINGS = [
  '{ "theme": "dark", "interval": "1s", "ascii": true, "source": "auto", "color": false }',
  '{\n  // own keys\n  "keys": { "x": "q" },\n  "thresholds": { "warnShare": 0.8, "conntrack": 0.7 },\n}',
];
const PLANS = [
  '# by ctdiag\nnet.netfilter.nf_conntrack_max = 262144\nnet.core.somaxconn=4096\nnet/ipv4/tcp_mem = 1 2 3\n',
  '{"schema":1,"target":{"connections":1000,"listen":[1883]},"host":{},"settings":[{"name":"net.core.somaxconn","kind":"sysctl","action":"raise","needed":"4096"}],"memory":[],"conntrack":[],"sources":[]}',
];
const STATES = [
  '{"schema":1,"sysctls":[{"name":"net.core.somaxconn","from":"4096","to":"65536"}],"files":[{"path":"/etc/sysctl.d/90-ctdiag.conf","before":{"text":"net.core.somaxconn = 4096\\n","mode":420}},{"path":"/etc/udev/rules.d/90-ctdiag-conntrack.rules","before":null}],"folders":["/etc/systemd/system/emqx.service.d"]}',
];
const SS = [
  'LISTEN 17   16            10.0.0.1:8883       0.0.0.0:*    ino:1683 sk:1 cgroup:unreachable:1 <-> skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d366)',
  'LISTEN 0    128         [::1%lo]:631           [::]:*    uid:998 ino:17123 sk:2 v6only:0 <->',
];
const CONNTRACK = [
  'ipv4     2 udp      17 28 src=10.0.1.7 dst=10.0.0.1 sport=5353 dport=53 [UNREPLIED] src=10.0.0.1 dst=10.0.1.7 sport=53 dport=5353 mark=0 use=2',
  'tcp      6 431999 ESTABLISHED src=fd00::1 dst=fd00::2 sport=40000 dport=8883 src=fd00::2 dst=fd00::1 sport=8883 dport=40000 [ASSURED] mark=0 use=1',
];
const ETHTOOL = [
  'NIC statistics:\n     tx_timeout: 0\n     conntrack_allowance_exceeded: 17\n     conntrack_allowance_available: 136812\n',
];

/** Twenty mistakes in one file. */
const MOST_SAID = 20_000;

/** A text with a few things wrong with it, always the same for a seed. */
function mutate(samples: readonly string[], random: () => number): string {
  const below = (limit: number): number => Math.floor(random() * limit);
  let text = samples[below(samples.length)] ?? '';
  for (let left = 1 + below(5); left > 0; left -= 1) {
    const [from, to] = [below(text.length + 1), below(text.length + 1)].sort((a, b) => a - b) as [
      number,
      number,
    ];
    const evil = EVIL[below(EVIL.length)] ?? '';
    const words = [...text.matchAll(/[^\s:=,"]+/g)];
    const word = words[below(words.length)];
    switch (below(7)) {
      case 0:
        text = text.slice(0, from) + text.slice(to);
        break;
      case 1:
        text = text.slice(0, to) + text.slice(from);
        break;
      case 2:
        text = text.slice(0, from) + evil + text.slice(from);
        break;
      case 3:
        text = text.slice(0, from) + String.fromCharCode(below(0x1_0000)) + text.slice(from + 1);
        break;
      default:
        if (word !== undefined)
          text = text.slice(0, word.index) + evil + text.slice(word.index + word[0].length);
    }
    // Doubling in turn would not end.
    text = text.slice(0, 60_000);
  }
  return text;
}

/** Reads one kind of text; returns what was wrong with the result, throws what the reader throws. */
interface Target {
  readonly name: string;
  readonly samples: readonly string[];
  /** A refusal in a sentence. */
  readonly isRefusal: (error: unknown) => boolean;
  /** The sentence is printed as it is; that of a plan is made safe and short by the command. */
  readonly isPrinted: boolean;
  read(text: string): string | null | Promise<string | null>;
}

const isUserError = (error: unknown): boolean => error instanceof UserError;
const never = (): boolean => false;
const isCount = (value: number | null): boolean =>
  value === null || (Number.isSafeInteger(value) && value >= 0);

/** The host of a rollback, with nothing but a state file. */
function hostWithState(text: string): HostChanger {
  return {
    root: '',
    file: (path: string) => (path === STATE_FILE ? { text, mode: 0o600, uid: 0 } : null),
  } as unknown as HostChanger;
}

function toolThatPrints(text: string): ToolRunner {
  const end = { failed: false, timedOut: false, isCut: false, refused: null, isMissing: false };
  return {
    run(_command, onLine) {
      for (const line of text.split('\n')) onLine(line);
      return Promise.resolve({ ...end, exitCode: 0, signal: null, error: '' });
    },
    kill: () => undefined,
  };
}

/** Everything that reads a text that others wrote, captures and bpftrace's output apart. */
export function textTargets(folder: string, root: Command): readonly Target[] {
  const top = root.commands.find((command) => command.name() === 'top');
  const config = join(folder, 'config.json');
  top?.setOptionValue('config', config);
  return [
    {
      name: 'settings',
      samples: SETTINGS,
      isRefusal: isUserError,
      isPrinted: true,
      read(text) {
        writeFileSync(config, text);
        if (top === undefined) return 'there is no top';
        applyConfig(root, top, () => true);
        return null;
      },
    },
    {
      name: 'plans',
      samples: PLANS,
      isRefusal: (error) => error instanceof BadPlan,
      isPrinted: false,
      read(text) {
        const { sysctls } = readPlan(text);
        const foreign = sysctls.find(({ value }) => !/^[\d ]+$/.test(value));
        return foreign === undefined ? null : `a value of ${JSON.stringify(foreign)}`;
      },
    },
    {
      name: 'state files',
      samples: STATES,
      isRefusal: isUserError,
      isPrinted: true,
      read(text) {
        const state = readState(hostWithState(text));
        if (state === null) return 'no state';
        const isFine =
          state.sysctls.every(({ name }) => SETTABLE_SYSCTLS.includes(name)) &&
          state.files.every(
            ({ path, before }) => isPersistentPath(path) && ((before?.mode ?? 0) & ~0o775) === 0,
          );
        return isFine ? null : `restores ${JSON.stringify(state)}`;
      },
    },
    {
      name: 'ss',
      samples: SS,
      isRefusal: never,
      isPrinted: true,
      read(text) {
        const listener = parseListener(text);
        if (listener === null) return null;
        const { port, inode, acceptQueue, backlog, drops } = listener;
        return [port, inode, acceptQueue, backlog, drops].every(isCount) ? null : JSON.stringify(listener);
      },
    },
    {
      name: 'conntrack',
      samples: CONNTRACK,
      isRefusal: never,
      isPrinted: true,
      read(text) {
        const entry = parseEntry(text, 1);
        if (entry === null) return null;
        const isFine =
          isCount(entry.port) && isCount(entry.timeoutSec) && JSON.stringify(entry).length < 2000;
        return isFine ? null : JSON.stringify(entry);
      },
    },
    {
      name: 'ethtool',
      samples: ETHTOOL,
      isRefusal: never,
      isPrinted: true,
      async read(text) {
        const { figures } = await readAllowance(['eth0'], true, toolThatPrints(text));
        return Object.values(figures).every((value) => isCount(value)) ? null : JSON.stringify(figures);
      },
    },
  ];
}

function judgeSentence(text: string): string | null {
  if (text.length > MOST_SAID) return `a refusal of ${text.length} characters`;
  return safeText(text.replaceAll('\n', ''), MOST_SAID) === text.replaceAll('\n', '') ? null : `raw: ${text}`;
}

/** Reads the hostile text of that seed; what was wrong with how it went, `null` when nothing was. */
export async function judgeText(target: Target, seed: number): Promise<string | null> {
  const text = mutate(target.samples, seededRandom(seed));
  let said: string | null;
  try {
    said = await target.read(text);
  } catch (error) {
    if (!target.isRefusal(error))
      said = `no sentence: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    else said = target.isPrinted ? judgeSentence((error as Error).message) : null;
  }
  if ('polluted' in {}) said = 'it reached the prototype of all objects';
  return said === null ? null : `${target.name}: ${said} in ${JSON.stringify(text.slice(0, 300))}`;
}
