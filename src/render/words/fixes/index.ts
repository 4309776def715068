import { FIX_KINDS } from '../../../diagnose/index.js';
import type { Fix } from '../../../diagnose/index.js';
import type { SettingsRecord } from '../../../records/index.js';
import { conntrackFixWords } from './conntrack.js';
import type { FixDraft, FixWords } from './fix-draft.js';
import { raiseSysctlWords, tcpMemoryFixWords } from './host.js';
import { keepSysctlWords } from './keep-sysctl.js';
import { keepCommands, overruledWords } from './kept-sysctls.js';
import { listenerFixWords } from './listeners.js';
import { networkFixWords } from './network.js';
import { processFixWords } from './process.js';

/** A fix in words and commands; `settings`, where they are known, tell what its files make of it. */
export function fixWords(fix: Fix, settings: SettingsRecord | null = null): FixWords {
  const kind = FIX_KINDS[fix.id];
  const draft = draftOf(fix);
  const { persist } = draft;
  const words = { kind, ...draft, effect: toSentence(draft.effect), caveat: toSentence(draft.caveat) };
  if (persist === null || typeof persist === 'string') return { ...words, persist };
  const overruled = overruledWords(persist, settings);
  return {
    ...words,
    persist: keepCommands(persist),
    caveat: overruled === null ? words.caveat : `${toSentence(overruled)} ${words.caveat}`,
  };
}

/** With a capital, unless it begins with the name of a call or a setting, and a full stop. */
function toSentence(text: string): string {
  const begun = text.replace(/^[a-z]+(?=[ ,])/, (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return /[.:!?]$/.test(begun) ? begun : `${begun}.`;
}

function draftOf(fix: Fix): FixDraft {
  switch (fix.id) {
    case 'raise-file-max':
    case 'raise-max-orphans':
    case 'raise-threads-max':
    case 'raise-pid-max':
    case 'raise-max-map-count':
    case 'raise-netdev-backlog':
    case 'raise-expect-max':
      return raiseSysctlWords(fix);
    case 'keep-sysctl':
      return keepSysctlWords(fix);
    case 'shorten-orphans':
    case 'find-orphans':
    case 'find-tcp-memory':
    case 'raise-tcp-mem':
      return tcpMemoryFixWords(fix);
    case 'raise-nofile':
    case 'find-process-at-nofile':
    case 'raise-pids-max':
    case 'raise-erlang-ports':
    case 'find-erlang-ports':
    case 'look-at-application':
      return processFixWords(fix);
    case 'raise-backlog':
    case 'find-accept-wait':
    case 'find-unread':
    case 'find-listener':
    case 'enable-syncookies':
      return listenerFixWords(fix);
    case 'raise-conntrack-max':
    case 'find-stale-entries':
    case 'find-table-filler':
    case 'shorten-established':
    case 'raise-conntrack-buckets':
    case 'find-nat-ports':
    case 'widen-nat':
    case 'shorten-nat-timeouts':
    case 'find-clashes':
    case 'find-expectations':
      return conntrackFixWords(fix);
    case 'find-firewall-rule':
    case 'raise-gc-thresh':
    case 'widen-port-range':
    case 'reuse-time-wait':
    case 'find-port-holders':
    case 'more-addresses':
    case 'find-range-holders':
    case 'bind-without-port':
    case 'find-cloud-drops':
    case 'leave-cloud-tracking':
    case 'spare-cloud-allowance':
    case 'check-loss':
    case 'find-udp-queue':
    case 'find-unix-queue':
    case 'find-invalid':
    case 'find-reverse-path':
    case 'stop-tw-recycle':
    case 'find-queue-reader':
    case 'find-ipvs-servers':
    case 'find-limiting-rule':
    case 'find-tc-filter':
    case 'find-xdp-program':
    case 'find-socket-memory':
    case 'find-missing-listener':
      return networkFixWords(fix);
  }
}
