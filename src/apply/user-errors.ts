import { describeFileError, isDenied } from '../errno.js';
import { EXIT, UserError } from '../exit.js';
import { safeText } from '../render/index.js';
import { UnsafePath } from '../sources/host/beneath.js';

/** The path that the kernel refused; `null` where the error does not say. */
function pathOf(error: unknown): string | null {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : null;
}

/** Why a path is not safe, for use after its name. */
const UNSAFE: Readonly<Record<UnsafePath['code'], string>> = {
  link: 'is a symbolic link, and links below --root are not followed',
  'hard-link': 'has a second name (hard link), and is not written',
  climbs: 'leads out of its folder (..)',
  'no-proc': 'cannot be opened safely without /proc of this host',
};

/** Why an operation on a file failed, for use after its path; `null` when neither the kernel nor ctdiag refused it. */
export function describeRefusal(error: unknown): string | null {
  return error instanceof UnsafePath ? UNSAFE[error.code] : describeFileError(error);
}

/** Turns a refusal of the kernel, before anything was changed, into a user error; `asRoot` is the command as root. */
export async function withUserErrors(asRoot: string, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const words = describeRefusal(error);
    if (error instanceof UserError || words === null) throw error;
    const asOther = isDenied(error) ? ` (${asRoot})` : '';
    throw new UserError(
      EXIT.cannotWrite,
      `${safeText(pathOf(error) ?? 'A file of the plan', 500)} ${words}${asOther}. Nothing was changed.`,
      { cause: error },
    );
  }
}

/** The errno name of an error, else its message. */
export function errorReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
