/** The name that a question to a name server asks for. Spec: RFC 1035 §4.1, RFC 6891 §6.1. */

/** Octets. */
export const HEADER = 12;
const CLASS_IN = 1;
const TYPE_OPT = 41;
/** A root name, type, class, time to live and length. */
const OPT = 11;

/** @returns the first question's name, whatever else is in there; undefined where there is none */
export function nameAsked(query: Uint8Array): string | undefined {
  return nameAt(query).name;
}

/**
 * The name, where the question is one that resolvers ask: one name of class IN, at most with an empty EDNS record. Anything
 * else in it could carry more than a name.
 * @returns undefined where it is no such question
 */
export function plainNameAsked(query: Uint8Array): string | undefined {
  if (query.length < HEADER) return undefined;
  const view = new DataView(query.buffer, query.byteOffset, query.length);
  const [flags, questions, answers, authorities, additions] = [2, 4, 6, 8, 10].map((at) => view.getUint16(at));
  // A standard query that may ask for recursion (RD) and tell that it knows of DNSSEC (AD, CD), and no more.
  if ((flags ?? 0) & ~0x0130 || questions !== 1 || answers !== 0 || authorities !== 0) return undefined;
  const { name, end } = nameAt(query);
  if (name === undefined || end + 4 > query.length || view.getUint16(end + 2) !== CLASS_IN) return undefined;
  const rest = query.subarray(end + 4);
  return additions === 0
    ? rest.length === 0
      ? name
      : undefined
    : isEmptyOpt(rest) && additions === 1
      ? name
      : undefined;
}

function nameAt(query: Uint8Array): { name: string | undefined; end: number } {
  const labels: string[] = [];
  for (let at = HEADER; at < query.length;) {
    const length = query[at] ?? 0;
    at += 1;
    if (length === 0) return { name: labels.join('.'), end: at };
    // A pointer, or nothing that a name may have.
    if (length > 63 || at + length > query.length) break;
    labels.push(Buffer.from(query.subarray(at, at + length)).toString('latin1'));
    at += length;
  }
  return { name: undefined, end: query.length };
}

function isEmptyOpt(bytes: Uint8Array): boolean {
  return (
    bytes.length === OPT &&
    bytes[0] === 0 &&
    bytes[1] === 0 &&
    bytes[2] === TYPE_OPT &&
    bytes[9] === 0 &&
    bytes[10] === 0
  );
}
