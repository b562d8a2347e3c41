/** What is wrong with a value, as sentences: all faults at once, so that an author mends them in one go. Pure. Spec: docs/design/contracts.md#errors */

export interface Fault {
  path: readonly PropertyKey[];
  why: string;
}

/** More would hide the first ones. */
const MOST_FAULTS = 20;

/** The end of a sentence that began with the document's name. Authors see an unknown key most often, so it comes first. */
export function listed(faults: readonly Fault[]): string {
  const lines = faults
    .toSorted((a, b) => Number(isUnknownKey(b)) - Number(isUnknownKey(a)))
    .slice(0, MOST_FAULTS)
    .map(({ path, why }) => (path.length ? `at ${path.map(String).join('.')}: ${why}` : why));
  const [only = ''] = lines;
  if (lines.length > 1) return `: ${faults.length} faults: ${lines.join('; ')}`;
  return only.startsWith('at ') ? ` ${only}` : `: ${only}`;
}

/** An older name, or a misspelling. */
const UNKNOWN_KEY = 'unknown key ';
const isUnknownKey = ({ why }: Fault): boolean => why.startsWith(UNKNOWN_KEY);

export function unknownKeys(keys: readonly string[]): string {
  return `${UNKNOWN_KEY}${keys.join(', ')}`;
}

/** @param wanted such as `use a value of type string`; may be empty */
export function notAllowed(found: unknown, wanted: string): string {
  if (found === undefined) return `is missing${wanted && `: ${wanted}`}`;
  return `${shown(found)} is not allowed${wanted && `: ${wanted}`}`;
}

export function oneOf(values: readonly unknown[]): string {
  return `use one of ${values.map((one) => JSON.stringify(String(one))).join(', ')}`;
}

export function ofType(type: string): string {
  return `use a value of type ${type}`;
}

/** A value as its author wrote it, cut. An object of a host may be circular, so it is only named. */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
