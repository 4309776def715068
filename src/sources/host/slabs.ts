/** What an accepted connection is made of. */
const CACHES: readonly string[] = [
  'nf_conntrack',
  'TCPv6',
  'sock_inode_cache',
  'filp',
  'dentry',
  'eventpoll_epi',
];

/**
 * What an object of each cache takes, slab overhead included: pages of a slab by the objects in it. The text is that of
 * /proc/slabinfo, which root may read; a cache that shares its slabs with others of its size is not listed there.
 */
export function parseSlabinfo(text: string, pageBytes: number): Record<string, number> {
  // Lines are `name active total objsize objperslab pagesperslab : ...`.
  const found: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [name = '', , , , perSlab, pages] = line.split(/\s+/);
    const each = (Number(pages) * pageBytes) / Number(perSlab);
    if (CACHES.includes(name) && Number.isFinite(each) && each > 0) found[name] = Math.ceil(each);
  }
  return found;
}
