/** When many subjects match one entry at once. Pure. Flow: find → here. Spec: docs/design/receiver.md#floods */

/** Days that are compared with those before: today is not over, so yesterday counts too. */
export const RECENT_DAYS = 2;
/** Days before those, for what is usual. */
export const USUAL_DAYS = 28;
/** How many times more than usual, and than what a lead released before. */
const FACTOR = 10;
/** Distinct subjects, if receiver.json does not say. */
export const DEFAULT_SUBJECTS = 20;

export interface Matches {
  /** Distinct subjects of the recent days. */
  recent: number;
  /** Subjects of the usual days, each counted once a day. */
  usual: number;
  /** Distinct subjects when a lead released the entry; 0 if nobody did. */
  released: number;
}

/** @param least fewer subjects are no flood */
export function isFlood({ recent, usual, released }: Matches, least: number): boolean {
  const usualInRecentDays = (usual * RECENT_DAYS) / USUAL_DAYS;
  return recent >= least && recent >= FACTOR * usualInRecentDays && recent >= FACTOR * released;
}
