import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of /proc/PID/stat a second: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Seconds of processor time that a process and its threads have had. */
export function cpuSecOf(pid: number): number {
  const [user, system] = statOf(pid);
  return (user + system) / TICKS;
}

/** The same of those of its children that have ended. */
export function childrenCpuSecOf(pid: number): number {
  const [, , user, system] = statOf(pid);
  return (user + system) / TICKS;
}

/** utime, stime, cutime, cstime. */
function statOf(pid: number): readonly [number, number, number, number] {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return [Number(fields[11]), Number(fields[12]), Number(fields[13]), Number(fields[14])];
}

/** Resident memory now, in units of 1,048,576 bytes. */
export function residentMbOf(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1024;
}

/** Open file descriptors. */
export function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The first child of a process. */
export function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return Number(children[0]);
}
