/** What a list is for, and so what may follow from a match with it. Spec: docs/design/contracts.md#purpose */

/**
 * `verified`: its publisher has established that each entry is illegal. `victim-submitted`: people listed pictures of
 * themselves. `other`: anything else, such as a platform's own rules. Only a `verified` list may signal.
 */
export const LIST_PURPOSES = ['verified', 'victim-submitted', 'other'] as const;
export type ListPurpose = (typeof LIST_PURPOSES)[number];
