/**
 * The example order: one valid order whose names are all invented. Tests, the test authority and documentation start from
 * it and change what they need, so a new order field is added here only. Spec: docs/design/contracts.md#detection-order
 */
import type { Name } from './name.ts';
import type { DetectClassifier, DetectionOrder, DetectKnown, KnownSignalRule, SignalRule } from './order.ts';
import { keysPath, listManifestPath, modelManifestPath, targetReference } from './paths.ts';
import type { WebAddress } from './text.ts';
import type { Instant } from './time.ts';

const DEMO = 'demo' as Name;
export const EXAMPLE_ENDPOINT: WebAddress = 'https://signals.example/v1/signals' as WebAddress;
const SIGNAL: KnownSignalRule = { surfaces: ['send'], evidence: ['exact'], threshold: 1, withinDays: 30 };
const CLASSIFIER_SIGNAL: SignalRule = { surfaces: ['send'], threshold: 3, withinDays: 30 };

/** Blocks pictures on a list and signals those that are sent. */
export function exampleKnown(change: Partial<DetectKnown> = {}): DetectKnown {
  return {
    kind: 'known',
    list: targetReference('lists' as Name, listManifestPath(DEMO)),
    purpose: 'verified',
    alsoBy: [],
    maxDistance: 31,
    minQuality: 50,
    variants: [],
    action: 'block',
    signal: SIGNAL,
    ...change,
  };
}

/** Warns of pictures that a model recognizes and signals those that are sent. */
export function exampleClassifier(change: Partial<DetectClassifier> = {}): DetectClassifier {
  return {
    kind: 'classifier',
    model: targetReference('provider' as Name, modelManifestPath(DEMO)),
    minBucket: 8,
    action: 'warn',
    signal: CLASSIFIER_SIGNAL,
    ...change,
  };
}

/** With a `detect` that does not signal, the order has no `receiver`, as the schema requires. */
export function exampleOrder(change: Partial<DetectionOrder> = {}): DetectionOrder {
  const order: DetectionOrder = {
    schema: 'lodestone/order/v1',
    id: DEMO,
    basis: 'order',
    legal: { instrument: 'Invented Act, section 1', jurisdiction: 'XX' },
    issuer: { authority: 'Invented Authority', reference: '1/2026' },
    service: { name: 'Invented Chat', endToEndEncrypted: true },
    notBefore: '2026-11-01T00:00:00Z' as Instant,
    notAfter: '2027-11-01T00:00:00Z' as Instant,
    summary: { en: 'Pictures are compared with a list on your device.' },
    help: [{ language: 'en', name: 'Invented Helpline', phone: '+1 555 0100' }],
    surfaces: ['send', 'receive'],
    media: ['image'],
    detect: [exampleKnown()],
    onUnscannable: 'warn',
    notify: { user: 'immediately' },
    receiver: {
      endpoint: EXAMPLE_ENDPOINT,
      keys: targetReference('provider' as Name, keysPath('receiver' as Name)),
      subject: 'none',
      slotsPerDay: 24,
      cover: false,
    },
    ...change,
  };
  if (order.detect.some(({ signal }) => signal)) return order;
  const { receiver: _, ...quiet } = order;
  return quiet;
}
