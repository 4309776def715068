/**
 * Why a setting needs its value: the rule with its numbers, as data; the wording is in render/plan.
 *
 * `spare` is a factor (1.25: 25 % more), `seconds` a duration.
 */
export type Why =
  | {
      readonly rule: 'conntrack-entries';
      readonly connections: number;
      readonly closed: number;
      readonly ratePerSec: number;
      readonly seconds: number;
      readonly spare: number;
    }
  | { readonly rule: 'conntrack-buckets'; readonly max: number; readonly perBucketNow: number | null }
  | { readonly rule: 'conntrack-hashsize'; readonly buckets: number; readonly builtIn: boolean }
  | { readonly rule: 'conntrack-silence'; readonly longestSilenceSec: number; readonly nowSec: number | null }
  | { readonly rule: 'follows-protocol'; readonly what: 'time-wait' | 'close' | 'handshake' | 'established' }
  | {
      readonly rule: 'open-files';
      readonly connections: number;
      readonly spare: number;
      readonly others: number;
    }
  | { readonly rule: 'at-least-process-limit'; readonly limit: number }
  | {
      readonly rule: 'accept-pause';
      readonly ratePerSec: number;
      readonly seconds: number;
      readonly stock: number;
    }
  | { readonly rule: 'unused-with-cookies' }
  | { readonly rule: 'cookies-protect' }
  | { readonly rule: 'syn-queue-without-cookies'; readonly ratePerSec: number; readonly seconds: number }
  | {
      readonly rule: 'packet-burst';
      readonly ratePerSec: number;
      readonly packets: number;
      readonly seconds: number;
    }
  | { readonly rule: 'buffer-caps' }
  | { readonly rule: 'buffer-option'; readonly value: string }
  | { readonly rule: 'not-of-tcp' }
  | { readonly rule: 'only-if-asked-for' }
  | {
      readonly rule: 'queued-pages';
      readonly connections: number;
      readonly bytesEach: number;
      readonly capped: boolean;
      /** Connections with that much queued data that the current value allows. */
      readonly holdsNow: number | null;
    }
  | {
      readonly rule: 'closing-sockets';
      readonly closed: number;
      readonly ratePerSec: number;
      readonly seconds: number;
      readonly harmless: boolean;
    }
  | { readonly rule: 'fin-wait-2' }
  | { readonly rule: 'outgoing-only' }
  | {
      readonly rule: 'source-ports';
      readonly ports: number;
      readonly destinations: number;
      readonly addresses: number;
    }
  | { readonly rule: 'on-link'; readonly addresses: number; readonly spare: number }
  | { readonly rule: 'neighbours-behind-gateway'; readonly addresses: number | null }
  | { readonly rule: 'thread-each'; readonly connections: number; readonly perConnection: number }
  | {
      readonly rule: 'erlang-processes';
      readonly connections: number;
      readonly each: number;
      readonly others: number;
    }
  | {
      readonly rule: 'erlang-ports';
      readonly connections: number;
      readonly spare: number;
      readonly others: number;
      /** Erlang processes that must fit too, as twice the ports; `null` where they have a limit of their own. */
      readonly processes: number | null;
    }
  | { readonly rule: 'acceptors'; readonly ratePerSec: number; readonly each: number; readonly stock: number }
  | { readonly rule: 'listener-backlog'; readonly somaxconn: number };
