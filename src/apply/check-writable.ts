import type { SysctlChange } from '../plan/index.js';
import { errnoOf } from '../errno.js';
import { EXIT, UserError } from '../exit.js';
import type { HostChanger } from './host-changer.js';
import { describeRefusal, errorReason } from './user-errors.js';

/** Opens every setting for writing before the first is changed. */
export function checkWritable(
  host: HostChanger,
  changes: readonly Pick<SysctlChange, 'name'>[],
  asRoot: string,
): void {
  for (const { name } of changes) {
    try {
      host.tryToOpen(name);
    } catch (error) {
      throw new UserError(
        EXIT.cannotWrite,
        `${name} cannot be set: ${explainRefusal(error, asRoot)} Nothing was changed.`,
        {
          cause: error,
        },
      );
    }
  }
}

function explainRefusal(error: unknown, asRoot: string): string {
  switch (errnoOf(error)) {
    case 'EROFS':
      return '/proc/sys is read-only here, as in most containers. Apply the plan on the node, or use `--format kubernetes`.';
    case 'EACCES':
    case 'EPERM':
      return `only root may set it, in the host's own network namespace (${asRoot}).`;
    default:
      return `it ${describeRefusal(error) ?? errorReason(error)}.`;
  }
}
