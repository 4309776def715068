import { expect, it, vi } from 'vitest';
import { runLive } from '../../src/commands/stream/run-live.js';
import { HEADER } from '../scenarios/stream.js';

/** Sources that end as told; what was asked of them. */
function liveThat(stops: () => Promise<void>): {
  live: Parameters<typeof runLive>[0];
  asked: string[];
} {
  const asked: string[] = [];
  const live = {
    header: HEADER,
    ready: Promise.resolve({ probes: 'off', reason: null } as const),
    stop: (reason: string) => (asked.push(`stop ${reason}`), stops()),
    kill: () => void asked.push('kill'),
  };
  return { live, asked };
}

const never = (): Promise<void> => new Promise(() => undefined);
const options = { source: 'auto', durationMs: null, fromReady: true } as const;

it('ends with the time, and stops the sources', async () => {
  const { live, asked } = liveThat(() => Promise.resolve());
  expect(await runLive(live, { ...options, durationMs: 1 })).toBe('time');
  expect(asked).toEqual(['stop time']);
});

it('ends with what else was waited for', async () => {
  const { live, asked } = liveThat(() => Promise.resolve());
  expect(await runLive(live, { ...options, until: [Promise.resolve('size' as const)] })).toBe('size');
  expect(asked).toEqual(['stop size']);
});

it('kills sources that do not stop, instead of waiting for them', async () => {
  vi.useFakeTimers();
  try {
    const { live, asked } = liveThat(never);
    const ended = runLive(live, options);
    process.emit('SIGINT');
    await vi.advanceTimersByTimeAsync(5000);
    expect(await ended).toBe('SIGINT');
    expect(asked).toEqual(['stop SIGINT', 'kill']);
    expect(process.listenerCount('SIGINT')).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('kills the sources when something else fails, and passes the error on', async () => {
  const { live, asked } = liveThat(() => Promise.resolve());
  const failed = Promise.reject(new Error('the disk is full'));
  await expect(runLive(live, { ...options, until: [failed] })).rejects.toThrow('the disk is full');
  expect(asked).toEqual(['kill']);
});

it('fails when the probes were asked for by name and do not attach', async () => {
  const { live, asked } = liveThat(() => Promise.resolve());
  await expect(runLive(live, { ...options, source: 'bpftrace' })).rejects.toThrow(/probes/);
  expect(asked).toEqual(['kill']);
});
