import { expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/index.js';
import type { StreamRecord } from '../../../src/records/index.js';
import { COVERAGE, everySecond, kernel, LISTENER, listening, windowFrom } from '../../scenarios/stream.js';
import { SECONDS } from '../host-scenario.js';

const SSH = { ...LISTENER, port: 22, inode: 5 };
const BROKER = { ...LISTENER, port: 8883 };

/** A host where the broker listens until a second, and so many resets are sent each second. */
function findingsWhile(given: {
  readonly listens: (second: number) => boolean;
  readonly resets: number;
  readonly closed?: number;
  readonly ssh?: boolean;
  /** What the coverage says of the listening sockets; nothing where not given, as in captures of earlier versions. */
  readonly sockets?: 'read' | 'unread';
}): unknown[] {
  const records = everySecond(SECONDS, (second) => [
    kernel(second * 1000, {
      'Tcp.OutRsts': given.resets * second,
      'TcpExt.TCPAbortOnClose': (given.closed ?? 0) * second,
    }),
    listening(
      second * 1000,
      ...(given.ssh === false ? [] : [SSH]),
      ...(given.listens(second) ? [BROKER] : []),
    ),
    ...(given.sockets === undefined ? [] : [coverage(second * 1000, given.sockets === 'read')]),
  ]);
  return diagnose(windowFrom(records))
    .findings.filter(({ code }) => code === 'nobody-listening')
    .map(({ severity, subject, sinceMs }) => [
      severity,
      subject.kind === 'listener' ? subject.listener.port : subject.kind,
      sinceMs,
    ]);
}

function coverage(elapsedMs: number, isRead: boolean): StreamRecord {
  const unread = isRead ? [] : [{ kind: 'listeners', count: 1, names: [], why: 'ss failed' } as const];
  return { ...COVERAGE, elapsedMs, unread };
}

const until =
  (end: number) =>
  (second: number): boolean =>
    second < end;

test('a broker that is gone while its clients ask for it is named, since it was last there', () => {
  expect(findingsWhile({ listens: until(8), resets: 20 })).toEqual([['critical', 8883, 7000]]);
});

test('the only listener of the host that is gone is named where the empty list is known to be all', () => {
  const alone = { listens: until(8), resets: 20, ssh: false } as const;
  expect(findingsWhile({ ...alone, sockets: 'read' })).toEqual([['critical', 8883, 7000]]);
  expect(findingsWhile({ ...alone, sockets: 'unread' })).toEqual([]);
});

test.for([
  ['a scan of closed ports', { listens: () => true, resets: 500 }],
  ['a restart', { listens: (second: number) => second < 5 || second > 7, resets: 20 }],
  ['one that is gone, and nobody asks', { listens: until(8), resets: 0 }],
  ['resets of connections closed here', { listens: until(8), resets: 20, closed: 20 }],
  ['a list of sockets that is empty, as where ss fails', { listens: until(8), resets: 20, ssh: false }],
] as const)('%s is no finding', ([, given]) => {
  expect(findingsWhile(given)).toEqual([]);
});

test('a port that another socket has taken over is listened on', () => {
  const records = everySecond(SECONDS, (second) => [
    kernel(second * 1000, { 'Tcp.OutRsts': 20 * second }),
    listening(second * 1000, second < 8 ? BROKER : { ...BROKER, inode: 99 }),
  ]);
  expect(diagnose(windowFrom(records)).findings.map(({ code }) => code)).not.toContain('nobody-listening');
});
