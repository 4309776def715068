import { pageBytesOf } from '../../records/index.js';
import { currentValue, parseFigure, leaveAlone, roundUp } from '../setting.js';
import type { Setting } from '../setting.js';
import { memoryVerdict } from './memory.js';
import type { Basis } from '../target.js';

/** tcp_mem is never raised above this share of the RAM: sockets and applications need the rest. */
const TCP_MEM_SHARE = 0.5;
/** Ratio of tcp_mem's three figures to the third, as in the kernel's defaults (3/4 : 1 : 3/2). */
const TCP_MEM_STEPS = [0.5, 2 / 3, 1] as const;

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
 * tcp_rmem and tcp_wmem are left: they are caps, an idle connection uses nothing of them, and tcp_mem bounds the sum.
 * Where the RAM is tight and MQTT clients send little, a smaller initial receive buffer is named as an option.
 */
function bufferTriples(basis: Basis): Setting[] {
  const rmem = currentValue(basis.host, 'net.ipv4.tcp_rmem');
  const triple = parseTriple(rmem);
  const option =
    basis.target.profile !== 'generic' && isTight(basis) && triple !== null && triple[1] > LEAST_RMEM
      ? [Math.min(triple[0], LEAST_RMEM), LEAST_RMEM, triple[2]].join(' ')
      : null;
  return [
    leaveAlone({
      name: 'net.ipv4.tcp_rmem',
      scope: 'netns',
      current: rmem,
      why: option === null ? { rule: 'buffer-caps' } : { rule: 'buffer-option', value: option },
    }),
    leaveAlone({
      name: 'net.ipv4.tcp_wmem',
      scope: 'netns',
      current: currentValue(basis.host, 'net.ipv4.tcp_wmem'),
      why: { rule: 'buffer-caps' },
    }),
  ];
}

/** Below, the first window is shorter than a few segments, and a sender waits after each. */
const LEAST_RMEM = 16_384;
/** The RAM is tight when it holds less than a quarter more connections. */
const TIGHT = 1.25;

function isTight(basis: Basis): boolean {
  return memoryVerdict(basis).most < basis.target.connections * TIGHT;
}

/** tcp_mem, in pages: above the third figure the kernel drops packets and aborts connections. */
function tcpMemSetting(basis: Basis): Setting {
  const { host, target, profile, memoryBytes } = basis;
  const name = 'net.ipv4.tcp_mem';
  const current = currentValue(host, name);
  const triple = parseTriple(current);
  const now = triple?.[2] ?? null;
  const pageBytes = pageBytesOf(host);
  const wanted = roundUp((target.connections * profile.queuedBytes) / pageBytes);
  const most = Math.floor((memoryBytes * TCP_MEM_SHARE) / pageBytes);
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
        bytesEach: profile.queuedBytes,
        capped: wanted > most,
        holdsNow: now === null ? null : Math.floor((now * pageBytes) / profile.queuedBytes),
      },
    }),
    // No figure of the three is lowered, whatever their ratio is now.
    needed: TCP_MEM_STEPS.map((step, index) =>
      Math.max(Math.floor(high * step), enough ? 0 : (triple?.[index] ?? 0)),
    ).join(' '),
    action: now === null ? 'set' : enough ? 'enough' : 'raise',
    costBytes: high * pageBytes,
  };
}

/** The three figures of a setting that has three; `null` when it has not. */
function parseTriple(text: string | null): readonly [number, number, number] | null {
  const [low, middle, high] = (text ?? '').split(' ').map((word) => parseFigure(word));
  return low == null || middle == null || high == null ? null : [low, middle, high];
}
