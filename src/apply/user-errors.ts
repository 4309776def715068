import { describeFileError, isDenied } from '../errno.js';
import { EXIT, UserError } from '../exit.js';
import { safeText } from '../render/index.js';

/** The path that the kernel refused; `null` where the error does not say. */
function pathOf(error: unknown): string | null {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : null;
}

/** Turns a refusal of the kernel, before anything was changed, into a user error; `asRoot` is the command as root. */
export async function withUserErrors(asRoot: string, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const words = describeFileError(error);
    if (error instanceof UserError || words === null) throw error;
    const asOther = isDenied(error) ? ` (${asRoot})` : '';
    throw new UserError(
      EXIT.cannotWrite,
      `${safeText(pathOf(error) ?? 'A file of the plan', 500)} ${words}${asOther}. Nothing was changed.`,
      { cause: error },
    );
  }
}
