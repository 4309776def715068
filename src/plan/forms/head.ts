import type { Plan } from '../plan.js';

/** The first lines of a file: its path, its target, and the command that made it. */
export function headOf({ target }: Plan, path: string, format: string): string[] {
  return [
    `# ${path}: for ${target.connections} connections, ${target.ratePerSec} new per second (${target.profile}).`,
    `# Made by ctdiag plan --connections ${target.connections} --rate ${target.ratePerSec}/s --for ${target.profile}${
      target.ports.length === 0 ? '' : ` --listen ${target.ports.join(',')}`
    }${target.tlsShare == null ? '' : ` --tls ${Math.round(target.tlsShare * 10_000) / 100}%`}${target.emqxVersion == null ? '' : ` --emqx ${target.emqxVersion}`} --format ${format}`,
    '',
  ];
}
