/** Milliseconds since the stream began (the header's `startedAt`), on the monotonic clock. */
export type ElapsedMs = number;

/**
 * Inode number of a network namespace, as `readlink /proc/PID/ns/net` prints it.
 * {@link NODE_WIDE} stands for figures that belong to the whole machine.
 */
export type Netns = number;

/** The `netns` of a figure that no namespace owns (file handles, the global `nf_conntrack_max`). */
export const NODE_WIDE: Netns = 0;
