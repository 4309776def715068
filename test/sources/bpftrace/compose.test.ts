import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compose, lookupsOfVariants } from '../../../src/sources/bpftrace/compose.js';
import { DETAIL_HOOKS, HOOKS, mapsOf } from '../../../src/sources/bpftrace/hooks.js';
import type { ProbeSystem } from '../../../src/sources/bpftrace/system.js';

const stock: ProbeSystem = {
  isRoot: true,
  capabilities: null,
  bpftracePath: '/usr/bin/bpftrace',
  bpftraceRefused: null,
  bpftraceVersion: '0.17.0',
  bpftraceSlow: false,
  kprobes: true,
  tracefs: true,
  vmlinuxBtf: true,
  moduleBtf: new Set(['nf_conntrack']),
  functions: lookupsOfVariants().functions,
  tracepoints: lookupsOfVariants().tracepoints,
  dropReasons: new Map([
    ['NETFILTER_DROP', 7],
    ['TC_INGRESS', 57],
    ['TC_EGRESS', 50],
  ]),
  lockdown: null,
};

const variants = (system: ProbeSystem, refused = new Map<`${string}/${string}`, string>()): unknown =>
  Object.fromEntries(
    compose(system, refused).coverage.map((hookCoverage) => [
      hookCoverage.hook,
      hookCoverage.variant ?? `${hookCoverage.state}: ${hookCoverage.reason ?? ''}`,
    ]),
  );

const without = (...names: string[]): ReadonlySet<string> =>
  new Set([...lookupsOfVariants().functions].filter((name) => !names.includes(name)));

describe('the composer', () => {
  test('takes fexit where the module has BTF', () => {
    expect(variants(stock)).toMatchObject({ 'conntrack-insert': 'fexit', 'conntrack-drop': 'fexit' });
  });

  test('takes kprobes where the module has none, as on Debian 11', () => {
    expect(variants({ ...stock, moduleBtf: new Set() })).toMatchObject({
      'conntrack-insert': 'kprobe',
      'conntrack-drop': 'kprobe',
    });
  });

  test('takes kprobes where bpftrace is too old to read the BTF of modules', () => {
    expect(variants({ ...stock, bpftraceVersion: '0.11.3' })).toMatchObject({ 'conntrack-drop': 'kprobe' });
  });

  test('takes the name that the function had before 5.15', () => {
    const system = { ...stock, moduleBtf: new Set<string>(), functions: without('nf_ct_destroy') };
    const program = compose(system, new Map());
    expect(program.text).toContain('kprobe:destroy_conntrack');
    expect(program.text).not.toContain('nf_ct_destroy');
  });

  test('loses the hook, not the run, where a function is inlined', () => {
    const system = { ...stock, functions: without('early_drop', 'tcp_conn_request') };
    expect(variants(system)).toMatchObject({
      'conntrack-insert': 'fexit',
      'tcp-syn': 'missing: this kernel has no function tcp_conn_request',
    });
    expect(compose(system, new Map()).text).not.toContain('early_drop');
  });

  test('waits for conntrack where it is not loaded', () => {
    const functions = new Set([...lookupsOfVariants().functions].filter((name) => name.startsWith('tcp_')));
    expect(variants({ ...stock, moduleBtf: new Set(), functions })).toMatchObject({
      'conntrack-insert': 'pending: nf_conntrack is not loaded',
      'tcp-syn': 'fentry',
    });
  });

  test('passes a refused variant over, and says its words when none is left', () => {
    const refused = new Map<`${string}/${string}`, string>([
      ['conntrack-drop/conntrack-drop.fexit.bt', 'cannot attach'],
    ]);
    expect(variants(stock, refused)).toMatchObject({ 'conntrack-drop': 'kprobe' });
    refused.set('conntrack-drop/conntrack-drop.kprobe.bt', 'cannot attach either');
    expect(variants(stock, refused)).toMatchObject({ 'conntrack-drop': 'failed: cannot attach either' });
  });

  test('puts the number of the drop reason in, which moves between kernels', () => {
    const moved = new Map([...stock.dropReasons].map(([name, number]) => [name, number + 5] as const));
    const { text } = compose({ ...stock, dropReasons: moved }, new Map());
    expect(text).toContain('/args->reason == 12/');
    expect(text).toContain('/args->reason == 62 || args->reason == 55/');
    expect(text).not.toMatch(/\$\d/);
    expect(variants({ ...stock, dropReasons: new Map([['NETFILTER_DROP', 7]]) })).toMatchObject({
      'netfilter-drop': 'fentry',
      'tc-drop': 'missing: skb:kfree_skb of this kernel has no reason TC_INGRESS (Linux 5.18 and newer do)',
    });
    expect(variants({ ...stock, dropReasons: new Map() })).toMatchObject({
      'netfilter-drop':
        'missing: skb:kfree_skb of this kernel has no reason NETFILTER_DROP (Linux 5.17 and newer do)',
    });
  });

  test('asks the function that frees packets, for bpftrace needs long to read a tracepoint; where it is inlined, the tracepoint', () => {
    expect(variants(stock)).toMatchObject({ 'netfilter-drop': 'fentry' });
    const newer = without('kfree_skb_reason');
    expect(compose({ ...stock, functions: newer }, new Map()).text).toContain('kfunc:sk_skb_reason_drop');
    const neither = without('kfree_skb_reason', 'sk_skb_reason_drop');
    expect(variants({ ...stock, functions: neither })).toMatchObject({ 'netfilter-drop': 'tracepoint' });
  });

  const X64 = ['__x64_sys_connect', '__x64_sys_accept', '__x64_sys_accept4'];
  const ARM64 = ['__arm64_sys_connect', '__arm64_sys_accept', '__arm64_sys_accept4'];

  test('traces system calls under the names of the architecture, and as tracepoints where it is another', () => {
    expect(compose({ ...stock, functions: without(...ARM64) }, new Map()).text).toContain(
      'kretfunc:__x64_sys_accept4',
    );
    const arm = compose({ ...stock, functions: without(...X64) }, new Map()).text;
    expect(arm).toContain('kretfunc:__arm64_sys_accept4');
    expect(arm).not.toContain('__x64_');
    const functions = without(...X64, ...ARM64);
    expect(variants({ ...stock, functions })).toMatchObject({
      'sys-connect': 'tracepoint',
      'sys-accept': 'tracepoint',
    });
    expect(variants({ ...stock, functions, tracepoints: new Set() })).toMatchObject({
      'sys-connect': 'missing: this kernel has no tracepoint syscalls/sys_exit_connect',
    });
  });

  test('without fexit hooks what does not block, for blocked calls use up the return probes', () => {
    const old = { ...stock, bpftraceVersion: '0.11.3', functions: without(...ARM64) };
    const { text } = compose(old, new Map());
    expect(text).toContain('kretprobe:__alloc_fd,\nkretprobe:sock_alloc_file');
    expect(text).toContain('kretprobe:__inet_hash_connect');
    // Later kernels inline one of them; a refusal of the variant leaves the plain one.
    const inlined = compose({ ...old, functions: without(...ARM64, '__alloc_fd') }, new Map());
    expect(inlined.text).not.toContain('sock_alloc_file');
    expect(inlined.text).toContain('kretprobe:__x64_sys_accept4');
    const refused = new Map([['sys-connect/sys-connect.kprobe-port.bt', 'cannot attach']] as const);
    expect(compose(old, refused).text).not.toContain('__inet_hash_connect');
  });

  test('knows which hook a line of the program is of', () => {
    const program = compose(stock, new Map());
    const lines = program.text.split('\n');
    for (const [index, line] of lines.entries()) {
      if (!/^(kprobe|kretprobe|kfunc|kretfunc):/.test(line)) continue;
      const hook = program.hookAtLine(index + 1);
      const functions = hook?.variants.flatMap((variant) => variant.functions);
      expect(functions).toContain(line.replace(/,$/, '').split(':').at(-1));
    }
    expect(program.hookAtLine(lines.length - 2)).toBeNull();
  });

  test('prints every map of every hook each second, then the tick', () => {
    const { text } = compose(stock, new Map());
    const tick = text.slice(text.indexOf('interval:s:1'));
    for (const hook of HOOKS)
      for (const map of [...Object.keys(hook.totals), ...hook.listenerMaps])
        expect(tick).toContain(`print(${map});`);
    expect(tick.lastIndexOf('print(')).toBeLessThan(tick.indexOf('printf("tick'));
  });
});

const ALL_HOOKS = [...HOOKS, ...DETAIL_HOOKS];

describe('the fragments', () => {
  const folder = new URL('../../../probes/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.bt'));

  test('are all in the table of hooks, and the other way round', () => {
    expect(files.sort()).toEqual(
      [...new Set(ALL_HOOKS.flatMap((hook) => hook.variants.map((variant) => variant.file)))].sort(),
    );
  });

  test.for(files)('%s says what it traces, what it needs, what it costs and what it prints', (file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    for (const part of ['Traces ', 'Needs ', 'Overhead ', 'Run ', 'Sample '])
      expect(text.slice(0, text.indexOf('*/'))).toContain(part);
    expect(text.split('\n').every((line) => line.length <= 120)).toBe(true);
  });

  test.for(files)('%s counts in the maps that the table says, and never clears them', (file) => {
    const text = readFileSync(new URL(file, folder), 'utf8').replace(/^\/\*[\s\S]*?\*\//, '');
    const hook = ALL_HOOKS.find((hook) => hook.variants.some((variant) => variant.file === file));
    const counters = hook === undefined ? [] : mapsOf(hook);
    expect(counters).not.toEqual([]);
    for (const map of counters) expect(text).toContain(`${map}[`);
    expect(text).not.toMatch(/clear\(|zero\(/);
    // What is kept from entry to return is forgotten then.
    for (const [, map] of text.matchAll(/delete\((@\w+)/g)) expect(counters).not.toContain(map);
  });
});
