/** Reads the queried name from a DNS query. Flow: packet records, the probe's name server → here. Spec: docs/design/audit.md#packets, RFC 1035 §4.1, RFC 6891 §6.1 */
import { AUTHENTIC_DATA, CHECKING_DISABLED, decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet';

/** @returns the first question's name, whatever else the message contains; undefined if there is none */
export function questionName(message: Uint8Array): string | undefined {
  return parsed(message)?.questions?.[0]?.name;
}

const RESOLVER_FLAGS = RECURSION_DESIRED | AUTHENTIC_DATA | CHECKING_DISABLED;

/**
 * The name, if the message is a query as resolvers send it: one question of class IN, and at most an empty EDNS record. Any
 * further byte could carry data.
 * @returns undefined if the message is not such a query
 */
export function plainQuestionName(message: Uint8Array): string | undefined {
  const packet = parsed(message);
  const [question, ...otherQuestions] = packet?.questions ?? [];
  if (packet?.type !== 'query' || !question || otherQuestions.length > 0 || question.class !== 'IN') return undefined;
  const { id, flags = 0, answers = [], authorities = [], additionals = [] } = packet;
  if ((flags & ~RESOLVER_FLAGS) !== 0 || answers.length + authorities.length > 0 || !isEmptyEdns(additionals))
    return undefined;
  // Equal bytes: nothing is hidden in compression, padding or trailing data.
  const plain = encode({ type: 'query', flags, questions: [question], additionals, ...(id !== undefined && { id }) });
  return plain.equals(message) ? question.name : undefined;
}

function parsed(message: Uint8Array): Packet | undefined {
  try {
    return decode(Buffer.from(message));
  } catch {
    return undefined;
  }
}

function isEmptyEdns([record, ...others]: NonNullable<Packet['additionals']>): boolean {
  return record === undefined || (others.length === 0 && record.type === 'OPT' && record.options.length === 0);
}
