import type { HookCoverage } from '../../records/index.js';
import { readFragment } from './fragments.js';
import { DETAIL_HOOKS, HOOKS, mapsOf } from './hooks.js';
import type { Hook, Variant } from './hooks.js';
import { isAtLeast, parseVersion } from './system.js';
import type { ProbeSystem, Wanted } from './system.js';

/** One program for bpftrace, and what of the hooks is in it. */
export interface Program {
  readonly text: string;
  readonly hooks: readonly Hook[];
  readonly coverage: readonly HookCoverage[];
  /** What was chosen for each of the hooks. */
  readonly variants: ReadonlyMap<Hook, Variant>;
  /** The hook whose fragment holds a line of the text, counted from 1, as bpftrace's complaints do. */
  readonly hookAtLine: (line: number) => Hook | null;
}

/** Printed once a second after all maps: ends a sample, and is the sign that the probes are attached. */
export const TICK = 'tick';

/** A variant that bpftrace refused on this machine, so that the next one is tried. */
export type RefusedVariant = `${string}/${string}`;

/** Chooses a variant for each hook and writes one program out of them. */
export function compose(
  system: ProbeSystem,
  refused: ReadonlyMap<RefusedVariant, string>,
  wantedHooks: readonly Hook[] = HOOKS,
): Program {
  const hooks: Hook[] = [];
  const variants = new Map<Hook, Variant>();
  const fragments: string[] = [];
  const coverage: HookCoverage[] = [];
  for (const hook of wantedHooks) {
    const choice = chooseVariant(hook, system, refused);
    if ('variant' in choice) {
      hooks.push(hook);
      variants.set(hook, choice.variant);
      fragments.push(fragmentOf(choice.variant, system));
      coverage.push({ hook: hook.id, state: 'pending', variant: choice.variant.name, reason: null });
    } else coverage.push({ hook: hook.id, state: choice.state, variant: null, reason: choice.reason });
  }
  const maps = hooks.flatMap(mapsOf);
  const prints = maps.map((map) => `  print(${map});`).join('\n');
  const tick = `interval:s:1\n{\n${prints}\n  printf("${TICK} %llu\\n", nsecs);\n}\n`;
  return { text: `${fragments.join('\n')}\n${tick}`, hooks, coverage, variants, hookAtLine };

  function hookAtLine(line: number): Hook | null {
    let last = 0;
    const index = fragments.findIndex((fragment) => {
      last += fragment.split('\n').length;
      return line <= last;
    });
    return hooks[index] ?? null;
  }
}

/** What any variant asks for: what to look up on this machine. */
export function lookupsOfVariants(): Wanted {
  const hooks = [...HOOKS, ...DETAIL_HOOKS];
  const variants = hooks.flatMap((hook) => hook.variants);
  return {
    functions: new Set(variants.flatMap((variant) => variant.functions)),
    tracepoints: new Set(variants.flatMap((variant) => variant.tracepoints)),
    modules: new Set(hooks.flatMap((hook) => (hook.module === null ? [] : [hook.module]))),
  };
}

type Choice =
  | { readonly variant: Variant }
  | { readonly state: 'missing' | 'pending' | 'failed'; readonly reason: string };

function chooseVariant(
  hook: Hook,
  system: ProbeSystem,
  refused: ReadonlyMap<RefusedVariant, string>,
): Choice {
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
    const untraced = variant.tracepoints.filter((name) => !system.tracepoints.has(name));
    const unnamed = variant.dropReasons.find((name) => !system.dropReasons.has(name));
    const hasBtf = hook.module === null ? system.vmlinuxBtf : hasModuleBtf(system, hook.module);
    if (untraced.length > 0) reason = `this kernel has no tracepoint ${untraced.join(', ')}`;
    else if (unnamed !== undefined)
      reason = `skb:kfree_skb of this kernel has no reason ${unnamed} (Linux ${unnamed === 'NETFILTER_DROP' ? '5.17' : '5.18'} and newer do)`;
    else if (variant.btf && !hasBtf) reason = `no BTF for ${hook.module ?? 'vmlinux'}`;
    else if (variant.name === 'kprobe' && !system.kprobes) reason = 'this kernel has no kprobes';
    else if (!isAtLeast(version, variant.since)) reason = `needs bpftrace ${variant.since.join('.')}`;
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

/** The program text of a fragment, its header left out and its parameters, whole numbers, put in. */
function fragmentOf(variant: Variant, system: ProbeSystem): string {
  const text = readFragment(variant.file)
    .replace(/^\/\*[\s\S]*?\*\/\s*/, '')
    .replaceAll('__x64_sys_', `${variant.syscallPrefix ?? '__x64_'}sys_`);
  return variant.dropReasons.reduce(
    (program, name, index) => program.replaceAll(`$${index + 1}`, String(system.dropReasons.get(name))),
    text,
  );
}
