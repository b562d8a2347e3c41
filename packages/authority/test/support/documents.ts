/** An order and receiver keys to publish. All names are invented. */
import { exampleClassifier, exampleKnown, exampleOrder } from '@lodestone/protocol/example';
import type { Name } from '@lodestone/protocol/name';
import type { DetectionOrder } from '@lodestone/protocol/order';

/** With `signals: false` it warns on the device and sends nothing. */
export function order(members: Partial<Record<keyof DetectionOrder, unknown>> = {}, { signals = true } = {}): unknown {
  const detect = exampleKnown({ action: 'warn' });
  const { signal: _, ...quiet } = detect;
  const base = exampleOrder({
    id: 'demo-order' as Name,
    legal: { instrument: 'Invented Act 1', jurisdiction: 'ZZ' },
    issuer: { authority: 'Invented Authority', court: 'Invented Court', reference: '1/2026' },
    surfaces: ['send'],
    detect: [signals ? detect : quiet],
    onUnscannable: 'allow',
  });
  return { ...base, ...members };
}

export const KEYS: unknown = {
  schema: 'lodestone/keys/v1',
  keys: [
    {
      id: 1,
      publicKey: '09'.padEnd(64, '0'),
      notBefore: '2026-11-01T00:00:00Z',
      notAfter: '2027-01-30T00:00:00Z',
    },
  ],
};

/** The draft of a model's manifest. */
export const MODEL_DRAFT = {
  model: 'demo',
  input: { name: 'in', width: 32, height: 24, layout: 'nchw', mean: [0, 0, 0], scale: [1, 1, 1] },
  output: { name: 'out', classes: ['plain', 'marked'], sensitive: ['marked'] },
  buckets: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
  figures: [{ group: 'all', bucket: 8, pictures: 200, falseAlarms: 0.01, found: 0.9 }],
};
/** No model: nothing here runs it. */
export const MODEL_FILE: Uint8Array = Uint8Array.of(8, 8, 18, 0);
/** A WebAssembly module without anything in it. */
export const RUNTIME: Uint8Array = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** An order that uses that model; if `signals` is true, it also signals. */
export function classifierOrder({ signals = true, basis = 'order' } = {}): unknown {
  const { signal, ...detect } = exampleClassifier();
  return order({ basis, detect: [signals ? { ...detect, signal } : detect] }, { signals });
}
