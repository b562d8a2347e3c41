/**
 * The demo's orders. The court's order checks pictures and videos against the demo list on send and on receive, blocks matches, and
 * signals sent ones. A second, optional order uses the provider's model: as the provider's policy, which warns, or as a
 * court order, which signals. Everything is invented except the help lines. Spec: docs/design/contracts.md#detection-order
 */
import {
  type Action,
  type DetectionOrder,
  type Instant,
  keysPath,
  listManifestPath,
  modelManifestPath,
  type Name,
  type SignalRule,
  targetReference,
  VARIANTS,
  type WebAddress,
} from '@lodestone/protocol';
import { exampleClassifier, exampleKnown, exampleOrder } from '@lodestone/protocol/example';

export const AUTHORITIES = {
  court: 'demo-court' as Name,
  lists: 'demo-lists' as Name,
  provider: 'demo-provider' as Name,
};
export const LIST = 'demo' as Name;
/** A list that devices match against and cannot read. */
export const LOCKED_LIST = 'demo-locked' as Name;
export const KEYS = 'receiver' as Name;
const DEMO = 'demo' as Name;
export const CLASSIFIER = 'demo-classifier' as Name;

export interface OrderTerms {
  /** Full address of the receiver's signal endpoint. */
  endpoint: string;
  notBefore: Instant;
  notAfter: Instant;
  /** The action for a match. Default "block". */
  action?: Action;
  /** A device signals after matches on this many distinct entries. Default 1. */
  threshold?: number;
  /** Whether the order also names the locked list. Default: false. */
  locked?: boolean | undefined;
  /** Terms of a second order, which uses the demo's model. Default: no such order. */
  classifier?: ClassifierTerms | undefined;
}

/** The demo's models: the tiny one, which finds discs in the demo's pictures, and the one for real photographs. */
export type DemoModel = 'shapes' | 'sensitive-image';

/** Terms of the order that uses a model. */
export interface ClassifierTerms {
  /** Default `shapes`. */
  model?: DemoModel;
  /** The lowest bucket that counts as a finding, 1 to 10. */
  minBucket: number;
  action: Action;
  /** If true, the order is the court's and signals sent findings; otherwise it is the provider's policy. Only `shapes` may signal. */
  signal?: boolean;
}

/** The court's order. */
export function demoOrder({
  endpoint,
  notBefore,
  notAfter,
  action = 'block',
  threshold = 1,
  locked = false,
}: OrderTerms): DetectionOrder {
  const known = (list: Name): DetectionOrder['detect'][number] =>
    exampleKnown({
      list: targetReference(AUTHORITIES.lists, listManifestPath(list)),
      purpose: 'verified',
      maxDistance: 31,
      minQuality: 50,
      variants: [...VARIANTS],
      action,
      signal: { ...signalRule(threshold), evidence: ['exact'] },
    });
  return exampleOrder({
    ...common({ notBefore, notAfter }),
    id: DEMO,
    ...COURT_TERMS,
    summary: {
      en: 'Pictures and videos are compared on this device with a signed list of known material, before they are sent and before they are shown. A listed file that you send is signalled to Pebble. A picture or video that only looks like a listed one is blocked, and not signalled. No picture or video leaves your device for it.',
      de: 'Bilder und Videos werden auf diesem Gerät mit einer signierten Liste bekannten Materials verglichen, bevor sie gesendet und bevor sie gezeigt werden. Eine gelistete Datei, die Sie senden, wird Pebble gemeldet. Ein Bild oder Video, das einem gelisteten nur ähnlich sieht, wird blockiert und nicht gemeldet. Kein Bild oder Video verlässt dafür Ihr Gerät.',
      fr: 'Les images et les vidéos sont comparées sur cet appareil à une liste signée de contenus connus, avant leur envoi et avant leur affichage. Un fichier de la liste que vous envoyez est signalé à Pebble. Une image ou une vidéo qui ne fait que ressembler à un contenu de la liste est bloquée, sans être signalée. Aucune image ni vidéo ne quitte votre appareil pour cela.',
    },
    media: ['image', 'video'],
    detect: [known(LIST), ...(locked ? [known(LOCKED_LIST)] : [])],
    onUnscannable: 'warn',
    receiver: receiverAt(endpoint),
  });
}

/** The order that uses the model, and its authority. */
export function classifierOrder({
  endpoint,
  notBefore,
  notAfter,
  classifier: { model = 'shapes', minBucket, action, signal = false },
}: OrderTerms & { classifier: ClassifierTerms }): { by: 'court' | 'provider'; order: DetectionOrder } {
  const order = exampleOrder({
    ...common({ notBefore, notAfter }),
    id: CLASSIFIER,
    ...(signal ? COURT_TERMS : PROVIDER_TERMS),
    summary: signal ? SIGNALS : WARNS,
    detect: [
      exampleClassifier({
        model: targetReference(AUTHORITIES.provider, modelManifestPath(model as Name)),
        minBucket,
        action,
        signal: signal ? signalRule(3) : undefined,
      }),
    ],
    onUnscannable: 'allow',
    receiver: receiverAt(endpoint),
  });
  return { by: signal ? 'court' : 'provider', order };
}

const COURT_TERMS: Pick<DetectionOrder, 'basis' | 'legal' | 'issuer'> = {
  basis: 'order',
  legal: { instrument: 'Invented order of a demonstration', jurisdiction: 'XA' },
  issuer: { authority: 'Demo authority', court: 'Demo court', reference: 'DEMO 1/26' },
};
const PROVIDER_TERMS: Pick<DetectionOrder, 'basis' | 'legal' | 'issuer'> = {
  basis: 'provider-policy',
  legal: { instrument: 'Invented terms of service', jurisdiction: 'XA' },
  issuer: { authority: 'Pebble', reference: 'TERMS 1' },
};

const WARNS: DetectionOrder['summary'] = {
  en: 'A model on this device checks whether a picture may be sensitive, before it is sent and before it is shown. It is often wrong, so it only warns. Nothing is signalled, and no picture leaves your device for it.',
  de: 'Ein Modell auf diesem Gerät prüft, ob ein Bild heikel sein könnte, bevor es gesendet und bevor es gezeigt wird. Es irrt sich oft, darum warnt es nur. Nichts wird gemeldet, und kein Bild verlässt dafür Ihr Gerät.',
  fr: 'Un modèle sur cet appareil vérifie si une image peut être sensible, avant son envoi et avant son affichage. Il se trompe souvent, et ne fait donc qu’avertir. Rien n’est signalé, et aucune image ne quitte votre appareil pour cela.',
};
const SIGNALS: DetectionOrder['summary'] = {
  en: 'A model on this device checks whether a picture may be sensitive, before it is sent and before it is shown. If you send such pictures on three different days within 30 days, this is signalled to Pebble, once for each of those days. No picture leaves your device for it.',
  de: 'Ein Modell auf diesem Gerät prüft, ob ein Bild heikel sein könnte, bevor es gesendet und bevor es gezeigt wird. Wenn Sie an drei verschiedenen Tagen innerhalb von 30 Tagen solche Bilder senden, wird das Pebble gemeldet, einmal für jeden dieser Tage. Kein Bild verlässt dafür Ihr Gerät.',
  fr: 'Un modèle sur cet appareil vérifie si une image peut être sensible, avant son envoi et avant son affichage. Si vous en envoyez trois jours différents en 30 jours, cela est signalé à Pebble, une fois pour chacun de ces jours. Aucune image ne quitte votre appareil pour cela.',
};

const signalRule = (threshold: number): SignalRule => ({ surfaces: ['send'], threshold, withinDays: 30 });

function receiverAt(endpoint: string): NonNullable<DetectionOrder['receiver']> {
  return {
    endpoint: endpoint as WebAddress,
    keys: targetReference(AUTHORITIES.provider, keysPath(KEYS)),
    subject: 'pseudonym',
    slotsPerDay: 86_400,
    cover: false,
  };
}

type Common = 'service' | 'notBefore' | 'notAfter' | 'help' | 'surfaces' | 'media' | 'notify';

function common({ notBefore, notAfter }: Pick<OrderTerms, 'notBefore' | 'notAfter'>): Pick<DetectionOrder, Common> {
  return {
    service: { name: 'Pebble', endToEndEncrypted: true },
    notBefore,
    notAfter,
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
    notify: { user: 'immediately' },
  };
}
