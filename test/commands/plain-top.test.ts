import { expect, it } from 'vitest';
import { createPlainLines } from '../../src/commands/plain-top.js';
import { createSession } from '../../src/playback/session.js';
import { HEADER } from '../scenarios/stream.js';

it('says each second once, however many frames it has', () => {
  const session = createSession(HEADER, false);
  const lines = createPlainLines();
  const told = [60, 510, 1006, 1400, 2001].flatMap((elapsedMs) => {
    session.take({ type: 'tick', elapsedMs });
    const line = lines.lineOf(session.at(session.length - 1));
    return line === null ? [] : [line.split(' ')[0]];
  });
  expect(told).toHaveLength(3);
  expect(new Set(told).size).toBe(3);
});
