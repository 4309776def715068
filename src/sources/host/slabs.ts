import { readOnce } from '../kernel/proc-file.js';

/** What an accepted connection is made of. */
const CACHES: readonly string[] = [
  'nf_conntrack',
  'TCPv6',
  'sock_inode_cache',
  'filp',
  'dentry',
  'eventpoll_epi',
];
const PAGE_BYTES = 4096;

/**
 * What one object of each cache takes, the waste of its slabs included: pages of a slab by the objects in it. From
 * /proc/slabinfo, which root may read; a cache that shares its slabs with others of its size is not listed there.
 */
export function readSlabs(root: string): Record<string, number> {
  const read = readOnce(`${root}/proc/slabinfo`);
  return 'text' in read ? parseSlabinfo(read.text) : {};
}

/** Reads `name active total objsize objperslab pagesperslab : ...`. */
function parseSlabinfo(text: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [name = '', , , , perSlab, pages] = line.split(/\s+/);
    const each = (Number(pages) * PAGE_BYTES) / Number(perSlab);
    if (CACHES.includes(name) && Number.isFinite(each) && each > 0) found[name] = Math.ceil(each);
  }
  return found;
}
