import { setTimeout as wait } from 'node:timers/promises';
import { CaptureError, openCaptureStream } from '../../capture/index.js';
import type { StreamHeader, StreamRecord } from '../../records/index.js';
import { safeText } from '../../render/index.js';
import type { SshOptions } from '../../sources/remote/ssh-options.js';
import { openSshStream } from '../../sources/remote/ssh-stream.js';
import type { SshStream } from '../../sources/remote/ssh-stream.js';
import { createGate } from './connection-gate.js';
import type { Gate } from './connection-gate.js';

/** Connections that are begun at once: more would trip MaxStartups of a jump host, which is 10 unless raised. */
const MOST_BEGUN = 16;
/** A host that sends no header for so long lets the next one begin; it may still come. */
const GREETING_MS = 15_000;
/** Records that are taken without a pause: one host that floods must not hold up the others. */
const RECORDS_A_TURN = 500;
/** What a host says of itself is shown in a row. */
const MAX_WHY_CHARS = 300;

/** What is told of a host as it is known. */
export interface HostEvents {
  /** A stream has begun. */
  header(header: StreamHeader): void;
  record(record: StreamRecord): void;
}

/** How all hosts of one run are reached. */
export interface HostAccess {
  readonly ssh: SshOptions;
  /** Of ctdiag on the other side, safe for a shell. */
  readonly remoteArgs: readonly string[];
  readonly gate: Gate;
}

/** Access to hosts with at most {@link MOST_BEGUN} connections begun at once. */
export function hostAccess(ssh: SshOptions, remoteArgs: readonly string[]): HostAccess {
  return { ssh, remoteArgs, gate: createGate(MOST_BEGUN) };
}

/** What makes the other side stream what happens there; `options` are those of `record`. */
export function recordingThere(options: readonly string[]): string[] {
  return ['record', '-', '--quiet', ...options];
}

/** One connection to a host. */
export interface HostConnection {
  /** Resolves with why it ended, a sentence without its end; never rejects. */
  readonly ended: Promise<string>;
  kill(): void;
}

/** Streams what a host records until it ends, or is ended. */
export function connectHost(host: string, access: HostAccess, events: HostEvents): HostConnection {
  let stream: SshStream | null = null;
  let isKilled = false;
  async function run(): Promise<string> {
    const leave = await access.gate.enter();
    if (isKilled) {
      leave();
      return 'it was ended';
    }
    const greeting = setTimeout(leave, GREETING_MS);
    try {
      stream = openSshStream(host, access.remoteArgs, access.ssh);
      return await readStream(host, stream, events, leave);
    } finally {
      clearTimeout(greeting);
      leave();
    }
  }
  return {
    ended: run(),
    kill() {
      isKilled = true;
      stream?.kill();
    },
  };
}

async function readStream(
  host: string,
  stream: SshStream,
  events: HostEvents,
  greeted: () => void,
): Promise<string> {
  const whyEnded = async (): Promise<string> => safeText(await stream.whyEnded, MAX_WHY_CHARS);
  try {
    const reader = await openCaptureStream(host, stream.chunks);
    greeted();
    events.header(reader.header);
    let taken = 0;
    for await (const record of reader.records) {
      events.record(record);
      taken += 1;
      if (taken % RECORDS_A_TURN === 0) await wait(10);
      // Its end is told by the program there, which ends after it.
      if (record.type === 'end') break;
    }
    await stream.chunks.return(undefined);
    return await whyEnded();
  } catch (error) {
    await stream.chunks.return(undefined);
    if (!(error instanceof CaptureError)) throw error;
    const why = await whyEnded();
    // Nothing at all came: ssh says why. Else the other side is no ctdiag, or one that is newer.
    return error.code === 'empty' ? why : error.message;
  }
}
