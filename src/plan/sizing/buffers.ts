import { currentValue, parseFigure, leaveAlone, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import { PAGE_BYTES } from '../target.js';
import type { Basis } from '../target.js';

/** Share of the RAM that TCP's queues may take if all were full at once, which does not happen. */
const BUFFER_SHARE = 0.25;
/** tcp_mem is never raised above this share of the RAM: sockets and applications need the rest. */
const TCP_MEM_SHARE = 0.5;
/** Ratio of tcp_mem's three figures to the third, as in the kernel's defaults (3/4 : 1 : 3/2). */
const TCP_MEM_STEPS = [0.5, 2 / 3, 1] as const;

/** What TCP may queue altogether, in bytes. */
function bufferBudget(basis: Basis): number {
  return basis.memoryBytes * BUFFER_SHARE;
}

/** Buffers: what one connection may queue, and what all may. */
export function bufferSettings(basis: Basis): Setting[] {
  const { host } = basis;
  const plain = (name: string, rule: 'not-of-tcp' | 'only-if-asked-for'): Setting =>
    leaveAlone({ name, scope: 'node', current: currentValue(host, name), why: { rule } });
  return [
    tcpMemSetting(basis),
    ...bufferTriples(basis),
    plain('net.core.rmem_default', 'not-of-tcp'),
    plain('net.core.wmem_default', 'not-of-tcp'),
    plain('net.core.rmem_max', 'only-if-asked-for'),
    plain('net.core.wmem_max', 'only-if-asked-for'),
    plain('net.core.optmem_max', 'not-of-tcp'),
  ];
}

/**
 * tcp_rmem and tcp_wmem: their middle figure is what a connection may queue before autotuning widens it. When all did
 * that at once they must still fit; nothing is taken of a page that is not queued.
 */
function bufferTriples(basis: Basis): Setting[] {
  const { host, target } = basis;
  const names = ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'] as const;
  const triples = names.map((name) => parseTriple(currentValue(host, name)));
  const budgetBytes = bufferBudget(basis);
  const [rmem, wmem] = triples;
  const each = (rmem?.[1] ?? STOCK_RMEM) + (wmem?.[1] ?? STOCK_WMEM);
  const stockFits = (STOCK_RMEM + STOCK_WMEM) * target.connections <= budgetBytes;
  const fits = each * target.connections <= budgetBytes;
  return names.map((name, index): Setting => {
    const current = currentValue(host, name);
    const base = leaveAlone({
      name,
      scope: 'netns',
      current,
      why: { rule: 'buffers-fit', totalBytes: each * target.connections, budgetBytes },
    });
    // What fits only because it was lowered, most likely by an earlier plan, is needed as it is.
    if (fits) return stockFits || current === null ? base : { ...base, needed: current, action: 'enough' };
    const present = triples[index] ?? null;
    const most = present?.[2] ?? (index === 0 ? STOCK_RMEM_MAX : STOCK_WMEM_MAX);
    const share = Math.floor(budgetBytes / target.connections / 2);
    const middle = clampToPowerOfTwo(
      share,
      index === 0 ? LEAST_RMEM : PAGE_BYTES,
      present?.[1] ?? (index === 0 ? STOCK_RMEM : STOCK_WMEM),
    );
    const least = Math.min(present?.[0] ?? PAGE_BYTES, middle);
    const needed = [least, middle, most].join(' ');
    return {
      ...base,
      needed,
      action: current === null ? 'set' : needed === current ? 'enough' : 'lower',
      why: { rule: 'buffer-default', connections: target.connections, eachBytes: middle, budgetBytes },
      costBytes: middle * target.connections,
    };
  });
}

const STOCK_RMEM = 131_072;
const STOCK_RMEM_MAX = 6_291_456;
const STOCK_WMEM = 16_384;
/** Below, the first window is shorter than a few segments, and a sender waits after each. */
const LEAST_RMEM = 16_384;
const STOCK_WMEM_MAX = 4_194_304;

/** A power of two between the two. */
function clampToPowerOfTwo(bytes: number, least: number, most: number): number {
  return Math.min(Math.max(2 ** Math.floor(Math.log2(Math.max(1, bytes))), least), most);
}

/** tcp_mem, in pages: above the third figure the kernel drops packets and aborts connections. */
function tcpMemSetting(basis: Basis): Setting {
  const { host, target, profile, memoryBytes } = basis;
  const name = 'net.ipv4.tcp_mem';
  const current = currentValue(host, name);
  const now = parseTriple(current)?.[2] ?? null;
  const wanted = roundUp(target.connections * profile.queuedPages);
  const most = Math.floor((memoryBytes * TCP_MEM_SHARE) / PAGE_BYTES);
  const high = Math.min(wanted, most);
  const enough = now !== null && now >= high;
  return {
    ...leaveAlone({
      name,
      scope: 'node',
      current,
      why: {
        rule: 'queued-pages',
        connections: target.connections,
        pagesEach: profile.queuedPages,
        capped: wanted > most,
        holdsNow: now === null ? null : Math.floor(now / profile.queuedPages),
      },
    }),
    needed: TCP_MEM_STEPS.map((step) => Math.floor(high * step)).join(' '),
    action: now === null ? 'set' : enough ? 'enough' : 'raise',
    costBytes: high * PAGE_BYTES,
  };
}

/** The three figures of a setting that has three; `null` when it has not. */
function parseTriple(text: string | null): readonly [number, number, number] | null {
  const [low, middle, high] = (text ?? '').split(' ').map((word) => parseFigure(word));
  return low == null || middle == null || high == null ? null : [low, middle, high];
}
