/**
 * A limit of open files beyond this is none: systemd's `infinity` is 2^30 where it has raised fs.nr_open. Servers that
 * allocate for each descriptor that they may have (HAProxy without maxconn, MySQL 5.7, RabbitMQ) take gigabytes at their
 * start then, or die. What a host can hold is far below.
 */
const UNBOUNDED = 2 ** 26;

/** Whether a limit of open files is so large that some servers die of it. */
export function isUnboundedNofile(limit: number | null | undefined): boolean {
  return limit != null && limit > UNBOUNDED;
}
