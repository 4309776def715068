/** Of x86-64, and of arm64 as most distributions build it. */
const USUAL_BYTES = 4096;

/** Bytes of a page: as read, otherwise derived from the kernel's name. Distributions mark large pages (`+64k`, `-16k`). */
export function pageBytesOf({
  pageBytes,
  kernel,
}: {
  readonly pageBytes?: number;
  readonly kernel: string | null;
}): number {
  if (pageBytes !== undefined) return pageBytes;
  const [, kib] = /(?:^|[^0-9])(16|64)k\b/i.exec(kernel ?? '') ?? [];
  return kib === undefined ? USUAL_BYTES : Number(kib) * 1024;
}
