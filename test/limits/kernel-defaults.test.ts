import { expect, test } from 'vitest';
import { kernelDefault } from '../../src/limits/index.js';
import type { KernelFacts } from '../../src/limits/index.js';

const GIB = 1024 ** 3;

function on(kernel: string, gib: number, changes: Partial<KernelFacts> = {}): KernelFacts {
  return { kernel, memTotalBytes: gib * GIB, cpus: 4, hashsize: null, ...changes };
}

// Values that real kernels showed (facts measured in virtual machines of these sizes).
test.each([
  ['net.netfilter.nf_conntrack_max', on('6.1.0-49-amd64', 3.8), '65536'],
  ['net.netfilter.nf_conntrack_max', on('6.1.0-49-amd64', 4.8), '262144'],
  ['net.netfilter.nf_conntrack_max', on('5.10.0-40-amd64', 1.9), '65536'],
  ['net.netfilter.nf_conntrack_buckets', on('5.10.0-40-amd64', 1.9), '16384'],
  ['net.netfilter.nf_conntrack_buckets', on('6.12.0-1-amd64', 1.9), '65536'],
  ['net.netfilter.nf_conntrack_buckets', on('5.14.0-427.el9.x86_64', 1.9), '65536'],
  ['net.netfilter.nf_conntrack_buckets', on('4.18.0-240.el8.x86_64', 16), '65536'],
  ['net.ipv4.tcp_max_tw_buckets', on('6.1.0-49-amd64', 3.8), '16384'],
  ['net.ipv4.tcp_max_orphans', on('6.1.0-49-amd64', 3.8), '16384'],
  ['net.ipv4.tcp_max_tw_buckets', on('6.1.0-49-amd64', 12), '65536'],
  ['net.ipv4.tcp_max_syn_backlog', on('6.1.0-49-amd64', 3.8), '256'],
  ['net.core.somaxconn', on('4.18.0-240.el8.x86_64', 4), '128'],
  ['net.core.somaxconn', on('5.10.0-40-amd64', 4), '4096'],
  // 32 MiB of receive buffer came with 6.16, 4 MiB for SO_RCVBUF and SO_SNDBUF with 6.18.
  ['net.ipv4.tcp_rmem', on('6.15.4', 16), '4096\t131072\t6291456'],
  ['net.ipv4.tcp_rmem', on('6.18.44', 23.5), '4096\t131072\t33554432'],
  ['net.ipv4.tcp_rmem', on('6.16.0', 16), '4096\t131072\t33554432'],
  ['net.ipv4.tcp_wmem', on('6.16.0', 16), '4096\t16384\t4194304'],
  ['net.core.rmem_max', on('6.17.9', 16), '212992'],
  ['net.core.wmem_max', on('6.18.0', 16), '4194304'],
  ['net.ipv4.tcp_rmem', on('6.18.44', 16, { pageBytes: 65_536 }), '65536\t131072\t33554432'],
  // The size of the hash given at load decides for both.
  ['net.netfilter.nf_conntrack_max', on('6.1.0', 64, { hashsize: 8192 }), '65536'],
  // Rounded up to whole pages of buckets.
  ['net.netfilter.nf_conntrack_buckets', on('6.1.0', 64, { hashsize: 100_000 }), '100352'],
  ['net.netfilter.nf_conntrack_max', on('6.1.0', 64, { hashsize: 100_000 }), '802816'],
])('%s on %o is %s', (name, facts, expected) => {
  expect(kernelDefault(name, facts)).toMatchObject({ value: expected, exact: true });
});

test('pid_max follows the processors that there may be, so that those online say it inexactly', () => {
  expect(kernelDefault('kernel.pid_max', on('6.1.0', 4, { cpus: 64 }))).toMatchObject({
    value: '65536',
    exact: false,
  });
});

test('what follows memory closely is told as inexact, and near what kernels showed', () => {
  const facts = on('6.1.0-49-amd64', 3.83);
  for (const [name, seen] of [
    ['fs.file-max', 399_464],
    ['kernel.threads-max', 31_246],
  ] as const) {
    const found = kernelDefault(name, facts);
    expect(found?.exact).toBe(false);
    expect(Math.abs(Number(found?.value) - seen) / seen).toBeLessThan(0.03);
  }
});

test('a buffer may grow to a 128th of the memory where that is less than its bound', () => {
  const small = (kernel: string, gib: number): unknown => kernelDefault('net.ipv4.tcp_rmem', on(kernel, gib));
  expect(small('6.18.0', 2)).toEqual({ value: '4096\t131072\t16777216', exact: false, from: 'memory' });
  expect(small('6.12.0', 2)).toMatchObject({ value: '4096\t131072\t6291456', exact: true });
  expect(small('6.1.0', 0.5)).toMatchObject({ value: '4096\t131072\t4194304', exact: false });
});

test('without the figures that it is computed from a default is unknown', () => {
  expect(
    kernelDefault('net.netfilter.nf_conntrack_max', { ...on('6.1.0', 4), memTotalBytes: null }),
  ).toBeNull();
  expect(kernelDefault('kernel.pid_max', on('6.1.0', 4, { cpus: null }))).toBeNull();
  expect(kernelDefault('net.core.somaxconn', on('unknown', 4))).toBeNull();
  expect(kernelDefault('kernel.no_such', on('6.1.0', 4))).toBeNull();
});
