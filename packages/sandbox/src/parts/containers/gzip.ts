/** gzip: one file, inflated. Flow: scanner/inside → here. What follows the first stream is a fault. Spec: RFC 1952 */
import { fault, type OpenContainer } from './input.ts';
import { inflate } from './inflate.ts';

export const openGzip: OpenContainer = async function* (bytes, budget) {
  if (!budget.takeMember()) return yield fault('too-large');
  const inflated = await inflate(bytes, 'gzip', budget);
  if (inflated.fault) yield fault(inflated.fault);
  yield { kind: 'bytes', bytes: inflated.bytes, isCopy: true };
};
