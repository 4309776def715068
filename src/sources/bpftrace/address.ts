const AF_INET = 2;

/**
 * The address out of the words that a probe read from a socket: each is 32 bits in network order, read as a
 * little-endian integer (the kernels we trace are little-endian: x86-64, arm64).
 */
export function listenerAddress(family: number, words: readonly number[]): string {
  const bytes = words.slice(0, family === AF_INET ? 1 : 4).flatMap((word) => {
    const bits = word >>> 0;
    return [bits & 255, (bits >>> 8) & 255, (bits >>> 16) & 255, bits >>> 24];
  });
  return family === AF_INET ? bytes.join('.') : ipv6(bytes);
}

/** RFC 5952: groups in lower-case hexadecimal, the longest run of two or more zero groups as `::`. */
function ipv6(bytes: readonly number[]): string {
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  let best = { from: -1, length: 1 };
  for (let from = 0; from < 8; from += 1) {
    let length = 0;
    while (from + length < 8 && groups[from + length] === 0) length += 1;
    if (length > best.length) best = { from, length };
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (best.from < 0) return text(groups);
  return `${text(groups.slice(0, best.from))}::${text(groups.slice(best.from + best.length))}`;
}
