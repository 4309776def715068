import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { HookCoverage } from '../../records/index.js';
import { HOOKS } from './hooks.js';
import type { Hook, Variant } from './hooks.js';
import { atLeast, parseVersion } from './system.js';
import type { ProbeSystem } from './system.js';

/** One program for bpftrace, and what of the hooks is in it. */
export interface Program {
  readonly text: string;
  readonly hooks: readonly Hook[];
  readonly coverage: readonly HookCoverage[];
}

/** Printed once a second after all maps: ends a sample, and is the sign that the probes are attached. */
export const TICK = 'tick';

/** A variant that bpftrace refused on this machine, so that the next one is tried. */
export type RefusedVariant = `${string}/${string}`;

/** Chooses a variant for each hook and writes one program out of them. */
export function compose(system: ProbeSystem, refused: ReadonlyMap<RefusedVariant, string>): Program {
  const hooks: Hook[] = [];
  const fragments: string[] = [];
  const coverage: HookCoverage[] = [];
  for (const hook of HOOKS) {
    const choice = choose(hook, system, refused);
    if ('variant' in choice) {
      hooks.push(hook);
      fragments.push(fragmentOf(choice.variant));
      coverage.push({ hook: hook.id, state: 'pending', variant: choice.variant.name, reason: null });
    } else coverage.push({ hook: hook.id, state: choice.state, variant: null, reason: choice.reason });
  }
  const maps = hooks.flatMap((hook) => [...Object.keys(hook.totals), ...hook.listenerMaps]);
  const prints = maps.map((map) => `  print(${map});`).join('\n');
  const tick = `interval:s:1\n{\n${prints}\n  printf("${TICK} %llu\\n", nsecs);\n}\n`;
  return { text: `${fragments.join('\n')}\n${tick}`, hooks, coverage };
}

/** The functions that any variant asks for; what to look up in kallsyms. */
export function wantedFunctions(): Set<string> {
  return new Set(HOOKS.flatMap((hook) => hook.variants.flatMap((variant) => variant.functions)));
}

/** The modules that hooks live in. */
export function wantedModules(): string[] {
  return [...new Set(HOOKS.flatMap((hook) => (hook.module === null ? [] : [hook.module])))];
}

type Choice =
  | { readonly variant: Variant }
  | { readonly state: 'missing' | 'pending' | 'failed'; readonly reason: string };

function choose(hook: Hook, system: ProbeSystem, refused: ReadonlyMap<RefusedVariant, string>): Choice {
  const version = parseVersion(system.bpftraceVersion) ?? [0, 0];
  let reason = 'no variant fits this kernel';
  let lastRefusal: string | null = null;
  let present = false;
  for (const variant of hook.variants) {
    const absent = variant.functions.filter((name) => !system.functions.has(name));
    if (absent.length > 0) {
      reason = `this kernel has no function ${absent.join(', ')}`;
      continue;
    }
    present = true;
    const hasBtf = hook.module === null ? system.vmlinuxBtf : hasModuleBtf(system, hook.module);
    if (variant.btf && !hasBtf) reason = `no BTF for ${hook.module ?? 'vmlinux'}`;
    else if (!variant.btf && !system.kprobes) reason = 'this kernel has no kprobes';
    else if (!atLeast(version, variant.since)) reason = `needs bpftrace ${variant.since.join('.')}`;
    else {
      const refusal = refused.get(`${hook.id}/${variant.file}`);
      if (refusal === undefined) return { variant };
      lastRefusal = refusal;
    }
  }
  if (lastRefusal !== null) return { state: 'failed', reason: lastRefusal };
  if (!present && hook.module !== null) return { state: 'pending', reason: `${hook.module} is not loaded` };
  return { state: 'missing', reason };
}

/** A module that is built in has its types in vmlinux's BTF. */
function hasModuleBtf(system: ProbeSystem, module: string): boolean {
  return system.moduleBtf.has(module);
}

const require = createRequire(import.meta.url);

/** The program text of a fragment, its header left out. */
function fragmentOf(variant: Variant): string {
  const text = readFileSync(require.resolve(`#probes/${variant.file}`), 'utf8');
  return text.replace(/^\/\*[\s\S]*?\*\/\s*/, '');
}
