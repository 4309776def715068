/** The stalls that the load makes, in their order. */
export const STALL_IDS = [
  'accept-queue-syn',
  'syn-cookies',
  'syn-queue',
  'accept-queue-ack-v4',
  'accept-queue-ack-v6',
  'no-port',
  'no-descriptor',
  'rule-drop',
  'rule-drop-syn',
  'rule-drop-syn-own',
  'conntrack-insert',
  'conntrack-destroy',
] as const;
export type StallId = (typeof STALL_IDS)[number];

/** One stall, and how often it came about by every account but the probes'. */
export interface Stall {
  readonly id: StallId;
  /** What the kernel's own counter gained; `null` where it has none, or it was not read. */
  readonly kernel: number | null;
  /** What the load was told itself: calls that failed, connections that did not come about; `null`: not told. */
  readonly load: number | null;
  /** Of the listener where it came about; `null` where it has to do with none. */
  readonly port: number | null;
  /** Why it was not made, a clause; `null` when it was. */
  readonly skipped: string | null;
}

/** What the load did, or why it refused to do anything. */
export type LoadReport =
  { readonly netns: number; readonly stalls: readonly Stall[] } | { readonly refused: string };

/** Reads what the load has printed; `null` when that is no report. */
export function decodeReport(text: string): LoadReport | null {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(data)) return null;
  if (typeof data['refused'] === 'string') return { refused: data['refused'] };
  const { netns, stalls } = data;
  if (!isCount(netns) || !Array.isArray(stalls)) return null;
  const decoded = stalls.map(decodeStall);
  return decoded.every((stall) => stall !== null) ? { netns, stalls: decoded } : null;
}

function decodeStall(data: unknown): Stall | null {
  if (!isRecord(data)) return null;
  const { kernel, load, port, skipped } = data;
  const id = STALL_IDS.find((known) => known === data['id']);
  if (id === undefined || ![kernel, load, port].every((value) => value === null || isCount(value)))
    return null;
  if (skipped !== null && typeof skipped !== 'string') return null;
  return { id, kernel: countOrNull(kernel), load: countOrNull(load), port: countOrNull(port), skipped };
}

function countOrNull(value: unknown): number | null {
  return isCount(value) ? value : null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}
