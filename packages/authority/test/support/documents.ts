/** An order and receiver keys to publish. All names in them are invented. */
import type { DetectionOrder } from '@lodestone/protocol/order';

const SIGNAL = { surfaces: ['send'], after: 1, withinDays: 30 };
const KNOWN = {
  kind: 'known',
  list: 'lists:v1/lists/demo/manifest.json',
  alsoBy: [],
  maxDistance: 31,
  minQuality: 50,
  variants: [],
  action: 'warn',
};

/** With `signals: false` it warns on the device and sends nothing. */
export function order(members: Partial<Record<keyof DetectionOrder, unknown>> = {}, { signals = true } = {}): unknown {
  return {
    schema: 'lodestone/order/v1',
    id: 'demo-order',
    basis: 'order',
    legal: { instrument: 'Invented Act 1', jurisdiction: 'ZZ' },
    issuer: { authority: 'Invented Authority', court: 'Invented Court', reference: '1/2026' },
    service: { name: 'Invented Chat', endToEndEncrypted: true },
    notBefore: '2026-11-01T00:00:00Z',
    notAfter: '2027-11-01T00:00:00Z',
    summary: { en: 'Pictures that are sent are checked.' },
    help: [],
    surfaces: ['send'],
    media: ['image'],
    detect: [signals ? { ...KNOWN, signal: SIGNAL } : KNOWN],
    onUnscannable: 'allow',
    notify: { user: 'immediately' },
    ...(signals && {
      receiver: {
        endpoint: 'https://signals.example/v1/signals',
        keys: 'provider:v1/keys/receiver.json',
        subject: 'none',
        slotsPerDay: 24,
        cover: false,
      },
    }),
    ...members,
  };
}

export const KEYS: unknown = {
  schema: 'lodestone/keys/v1',
  keys: [
    {
      id: 1,
      publicKey: '09'.padEnd(64, '0'),
      notBefore: '2026-11-01T00:00:00Z',
      notAfter: '2027-05-01T00:00:00Z',
    },
  ],
};
