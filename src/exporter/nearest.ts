import type { SubjectLabels } from './subjects.js';

/** Subjects of one kind that have series of their own. */
const MAX_SUBJECTS = 20;
/** Stands for all the rest, with the figures of the nearest among them. */
const OTHER: SubjectLabels = { subject: 'other', netns: '' };

/** An item and whom its series are about. */
export interface Named<Item> {
  readonly item: Item;
  readonly labels: SubjectLabels;
}

/** Of items in their order, nearest first: the first of each subject, at most 20 of them, and the next as `other`. */
export function nearestSubjects<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => SubjectLabels,
): Named<Item>[] {
  const bySubject = new Map<string, Named<Item>>();
  for (const item of items) {
    const labels = nameOf(item);
    const key = JSON.stringify(labels);
    if (bySubject.has(key)) continue;
    if (bySubject.size < MAX_SUBJECTS) bySubject.set(key, { item, labels });
    else return [...bySubject.values(), { item, labels: OTHER }];
  }
  return [...bySubject.values()];
}
