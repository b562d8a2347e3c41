/**
 * The demo's one order: pictures are checked against the demo list on send and on receive, matches are blocked, and what
 * a person sends is signalled. Everything in it is invented but the help lines.
 */
import type {
  Action,
  DetectionOrder,
  Instant,
  Name,
  SignalRule,
  TargetReference,
  WebAddress,
} from '@lodestone/protocol';

export const AUTHORITIES = { court: 'demo-court', lists: 'demo-lists', provider: 'demo-provider' } as const;
export const LIST = 'demo';
export const KEYS = 'receiver';

export interface OrderTerms {
  /** Where signals go, the whole address. */
  endpoint: string;
  notBefore: Instant;
  notAfter: Instant;
  /** What happens to a match; "block" where not said. */
  action?: Action;
  /** A device signals once it met this many different entries; 1 where not said. */
  after?: number;
}

export function demoOrder({ endpoint, notBefore, notAfter, action = 'block', after = 1 }: OrderTerms): DetectionOrder {
  const signal: SignalRule = { surfaces: ['send'], after, withinDays: 30 };
  return {
    schema: 'lodestone/order/v1',
    id: 'demo' as Name,
    basis: 'order',
    legal: { instrument: 'Invented order of a demonstration', jurisdiction: 'XA' },
    issuer: { authority: 'Demo authority', court: 'Demo court', reference: 'DEMO 1/26' },
    service: { name: 'Pebble', endToEndEncrypted: true },
    notBefore,
    notAfter,
    summary: {
      en: 'Pictures are compared on this device with a signed list of known material, before they are sent and before they are shown. A match that you send is signalled to Pebble. No picture leaves your device for it.',
      de: 'Bilder werden auf diesem Gerät mit einer signierten Liste bekannten Materials verglichen, bevor sie gesendet und bevor sie gezeigt werden. Ein Treffer, den Sie senden, wird Pebble gemeldet. Kein Bild verlässt dafür Ihr Gerät.',
      fr: 'Les images sont comparées sur cet appareil à une liste signée de contenus connus, avant leur envoi et avant leur affichage. Une concordance que vous envoyez est signalée à Pebble. Aucune image ne quitte votre appareil pour cela.',
    },
    help: [
      {
        language: 'en',
        name: 'Helplines for children and young people, by country',
        url: 'https://childhelplineinternational.org/' as WebAddress,
      },
      {
        language: 'en',
        name: 'Help to remove pictures of yourself',
        url: 'https://takeitdown.ncmec.org/' as WebAddress,
      },
      {
        language: 'en',
        name: 'Confidential help for people worried about their own thoughts',
        url: 'https://www.stopitnow.org/' as WebAddress,
      },
    ],
    surfaces: ['send', 'receive'],
    media: ['image'],
    detect: [
      {
        kind: 'known',
        list: `${AUTHORITIES.lists}:v1/lists/${LIST}/manifest.json` as TargetReference,
        alsoBy: [],
        maxDistance: 31,
        minQuality: 50,
        variants: ['orientations'],
        action,
        signal,
      },
    ],
    onUnscannable: 'warn',
    notify: { user: 'immediately' },
    receiver: {
      endpoint: endpoint as WebAddress,
      keys: `${AUTHORITIES.provider}:v1/keys/${KEYS}.json` as TargetReference,
      subject: 'pseudonym',
      slotsPerDay: 86_400,
      cover: false,
    },
  };
}
