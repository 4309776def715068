/** The hidden command that makes the load of `doctor --prove`, in a process and a network namespace of its own. */
export const LOAD_COMMAND = 'prove-load';
