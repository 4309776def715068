import { closeSync, openSync, readSync } from 'node:fs';
import {
  BadPlan,
  checkFiles,
  checkPlan,
  MOST_PLAN_BYTES,
  plannedSysctls,
  readPlan,
  readSysctls,
} from '../plan/index.js';
import type { Check, Plan, PrintedPlan } from '../plan/index.js';
import { checkJson, checkText, erlangRows, safeText } from '../render/index.js';
import { planJson } from '../render/plan/plan-json.js';
import type { OpenFiles } from '../render/index.js';
import { isUnboundedNofile } from '../records/index.js';
import { readHost } from '../sources/host/read-host.js';
import { describeFileError } from '../errno.js';
import { EXIT, exitOfStatus, UserError } from '../exit.js';
import { comparedHost } from '../apply/host-snapshot.js';
import type { PlanOptions } from '../apply/task.js';
import { makePlan } from './make-plan.js';

/** What `ctdiag plan --check` was asked for. */
export interface CheckOptions {
  /** File of a plan that was printed earlier; `null` compares the host with its own files. */
  readonly file: string | null;
  /** Check against the plan for these; `null` without --connections. */
  readonly options: PlanOptions | null;
  readonly format: 'text' | 'json';
  readonly root: string;
}

/** Compares this host with a plan, or with its own files. Returns the exit code, as diagnose does. */
export async function checkCommand({ file, options, format, root }: CheckOptions): Promise<number> {
  const plan =
    file !== null ? await readPlanFile(file) : options !== null ? printedPlan(await makePlan(options)) : null;
  const host = await readHost({ root }, readSysctls(), plan?.ports ?? []);
  const compared = comparedHost(root, host);
  const checked = plan === null ? checkFiles(compared, plannedSysctls()) : checkPlan(compared, plan.sysctls);
  const open: OpenFiles | null =
    plan?.openFiles == null
      ? null
      : {
          wanted: plan.openFiles,
          erlang: plan.erlang,
          servers: host.servers.map(({ comm, pid, fdLimit, erlang = null }) => ({
            comm,
            pid,
            limit: fdLimit,
            erlang,
          })),
        };
  const foreign = plan?.foreignLines ?? 0;
  const outcome = withOpenFiles(checked, open);
  process.stdout.write(
    format === 'json' ? checkJson(outcome, open, foreign) : checkText(outcome, open, foreign),
  );
  return exitOfStatus(outcome.status);
}

/** A server with too low a limit of open files, ports or processes makes the check critical, one without a bound a warning. */
function withOpenFiles(check: Check, open: OpenFiles | null): Check {
  const few = open?.servers.some(({ limit }) => limit !== null && limit < open.wanted) ?? false;
  if (few || (open !== null && erlangRows(open).some(({ isEnough }) => !isEnough)))
    return { ...check, status: 'critical' };
  const isUnbounded = open?.servers.some(({ limit }) => isUnboundedNofile(limit)) ?? false;
  return isUnbounded && check.status !== 'critical' ? { ...check, status: 'warning' } : check;
}

/** The plan as --check reads it from the file that `--format json` prints. */
function printedPlan(plan: Plan): PrintedPlan {
  return readPlan(planJson(plan));
}

async function readPlanFile(file: string): Promise<PrintedPlan> {
  const path = file === '-' ? 'standard input' : file;
  let text: string;
  try {
    text = file === '-' ? await readStdin() : readBounded(file);
  } catch (error) {
    throw new UserError(
      EXIT.missing,
      `The plan ${safeText(path, 300)} ${describeFileError(error) ?? String(error)}; ctdiag plan --connections N --format json writes one.`,
      { cause: error },
    );
  }
  try {
    return readPlan(text);
  } catch (error) {
    if (!(error instanceof BadPlan)) throw error;
    throw new UserError(
      EXIT.badData,
      `${safeText(path, 300)} is not a plan: ${safeText(error.message, 200)}. ctdiag plan --connections N --format json writes one.`,
      { cause: error },
    );
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_PLAN_BYTES) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readBounded(path: string): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(MOST_PLAN_BYTES + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < buffer.length; length += got)
      got = readSync(file, buffer, length, buffer.length - length, null);
    if (length > MOST_PLAN_BYTES) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
