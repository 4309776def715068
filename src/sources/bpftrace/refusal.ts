import type { Program, RefusedVariant } from './compose.js';
import type { Variant } from './hooks.js';
import type { BpftraceExit } from './process.js';

/**
 * Which variant a complaint of bpftrace is about: by the line of the program that it names, else by a function or
 * tracepoint that it names. `null` when it is about none of them.
 */
export function refusedVariant(
  complaint: string,
  program: Program,
  refused: ReadonlyMap<RefusedVariant, string>,
): { readonly variant: RefusedVariant; readonly why: string } | null {
  const line = placeOf(complaint);
  const blamedHook = line === null ? null : program.hookAtLine(line);
  for (const hook of program.hooks) {
    const variant = program.variants.get(hook);
    if (variant === undefined || refused.has(`${hook.id}/${variant.file}`)) continue;
    if (blamedHook !== null && blamedHook !== hook) continue;
    if (blamedHook === null && !namesOf(variant).some((name) => complaint.includes(name))) continue;
    return { variant: `${hook.id}/${variant.file}`, why: errorLine(complaint) };
  }
  return null;
}

/**
 * `stdin:12:5-20` is a line and its columns, `stdin:10-12` are lines: from the end of what stood before, perhaps in
 * another fragment, to the line that is meant.
 */
function placeOf(complaint: string): number | null {
  const line = /stdin:(?:\d+-)?(\d+)(?::[\d-]+)?: ERROR/.exec(complaint)?.[1];
  return line === undefined ? null : Number(line);
}

/** How a run ended, a clause without its subject: `was killed by SIGKILL`. */
export function describeExit(exit: BpftraceExit): string {
  const how = exit.signal === null ? `ended with code ${exit.code ?? '?'}` : `was killed by ${exit.signal}`;
  const why = lastLine(exit.complaint);
  return why === '' ? how : `${how}: ${why}`;
}

/** What bpftrace calls a variant by when it complains of it. */
function namesOf(variant: Variant): string[] {
  return [...variant.functions, ...variant.tracepoints.map((name) => name.replace('/', ':'))];
}

/**
 * bpftrace shows the place under its error: the error itself says more than the last line. That it may not raise
 * RLIMIT_MEMLOCK it calls an error, too, and goes on; since Linux 5.11 nothing depends on it.
 */
function errorLine(text: string): string {
  const errors = Array.from(text.matchAll(/^.*ERROR: .*$/gm), ([line]) => line);
  const relevant = errors.find((line) => !line.includes("couldn't set RLIMIT_MEMLOCK"));
  return relevant?.slice(0, 200) ?? lastLine(text);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}
