/** Whether a row passes the filter; an empty filter lets everything pass, case is ignored. */
export function matchesFilter(text: string, filter: string): boolean {
  return filter === '' || text.toLowerCase().includes(filter.toLowerCase());
}
