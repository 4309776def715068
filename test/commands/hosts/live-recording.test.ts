import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hostAccess, recordingThere } from '../../../src/commands/hosts/host-stream.js';
import { recordLive } from '../../../src/commands/hosts/live-recording.js';
import type { LiveRecording } from '../../../src/commands/hosts/live-recording.js';
import { hasSshd, startSshd } from './loopback-sshd.js';
import type { LoopbackSshd } from './loopback-sshd.js';

describe.skipIf(!hasSshd)('a host that is connected to again and again', () => {
  let sshd: LoopbackSshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  /** Follows `web-1`, where every connection ends after a few seconds, and what is sent goes through `filter`. */
  function follow(filter: string): LiveRecording {
    const script = join(sshd.folder, 'short');
    const record = `timeout --signal=KILL 4 ${sshd.remoteCommand} "$@"`;
    writeFileSync(script, `#!/bin/sh\n${record} | ${filter}\n`);
    chmodSync(script, 0o755);
    const ssh = { configFile: sshd.configFile, remoteCommand: script, sudo: false, push: null };
    const recordArgs = recordingThere(['--source', 'counters', '--interval', '0.5']);
    const recording = recordLive('web-1', hostAccess(ssh, recordArgs), undefined, () => undefined);
    onTestFinished(() => recording.stop());
    return recording;
  }

  it('keeps its history through a new connection, and shows the gap', async () => {
    const recording = follow('cat');
    while (recording.session === null) await wait(50);
    const { session, beganAtMs } = recording;
    while (session.gaps.length < 1) await wait(50);
    expect(recording.session).toBe(session);
    expect(recording.beganAtMs).toBe(beganAtMs);
    const times = Array.from({ length: session.length }, (_, index) => session.elapsedAt(index) ?? 0);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const [gap] = session.gaps;
    expect(times).toContain(gap?.fromMs);
    expect(session.at(session.length - 1).gaps?.map(({ reason }) => reason)).toContain(
      'there was no connection',
    );
    // The clock of the line is that of this machine.
    const endedMs = (beganAtMs ?? 0) + (times.at(-1) ?? 0);
    expect(Math.abs(Date.now() - endedMs)).toBeLessThan(60_000);
  });

  it('begins anew after a reboot', async () => {
    const recording = follow(String.raw`sed -u "1s/\"bootId\":\"[^\"]*\"/\"bootId\":\"boot-$$\"/"`);
    while (recording.session === null) await wait(50);
    const { session } = recording;
    const { bootId } = session.header;
    expect(bootId).toMatch(/^boot-\d+$/);
    // Asked through a function because it changes while we wait.
    const newest = (): LiveRecording['session'] => recording.session;
    while (newest() === session || newest() === null) await wait(50);
    expect(newest()?.header.bootId).not.toBe(bootId);
    expect(session.gaps).toEqual([]);
  });
});
