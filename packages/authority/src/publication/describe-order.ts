/** An order in plain words: who orders what, for whom, and what leaves the device. Pure. Spec: docs/design/authority.md#signing */
import type { Detect, DetectionOrder, MatchEvidence } from '@lodestone/protocol/order';

const BASIS: Readonly<Record<DetectionOrder['basis'], string>> = {
  order: 'an order of an authority or a court',
  consent: "the user's consent",
  'provider-policy': "the provider's own policy",
};

export function describeOrder(order: DetectionOrder): string[] {
  const { id, basis, legal, issuer, service, notBefore, notAfter, surfaces, media, detect, onUnscannable } = order;
  const encryption = service.endToEndEncrypted ? 'end-to-end encrypted' : 'not end-to-end encrypted';
  return [
    `order ${id}, based on ${BASIS[basis]}: ${legal.instrument} (${legal.jurisdiction}), ${issuer.court ?? issuer.authority}, ${issuer.reference}`,
    `it applies to ${service.name}, which is ${encryption}, from ${notBefore} to ${notAfter}`,
    `devices check ${media.join(', ')} on these surfaces: ${surfaces.join(', ')}`,
    ...detect.map(describeItem),
    `content that cannot be checked: ${onUnscannable}`,
    ...describeReceiver(order),
  ];
}

function describeItem(item: Detect, i: number): string {
  const found =
    item.kind === 'known'
      ? `content on the list ${item.list} of purpose "${item.purpose}"`
      : `what the model ${item.model} recognizes`;
  const { signal } = item;
  const signals = signal
    ? `signals on these surfaces: ${signal.surfaces.join(', ')}, once there are ${matches(signal.threshold)} in ${signal.withinDays} days` +
      describeEvidence(item)
    : 'sends nothing';
  return `detect.${i}: ${found}: action "${item.action}"; ${signals}`;
}

const matches = (count: number): string => (count === 1 ? '1 match' : `${count} matches`);

const EVIDENCE: Readonly<Record<MatchEvidence, string>> = {
  exact: 'the file itself is listed',
  confirmed: 'it looks like a listed picture and a model agrees',
};

function describeEvidence(item: Detect): string {
  if (item.kind !== 'known' || !item.signal) return '';
  const { evidence, confirm } = item.signal;
  const by = confirm
    ? ` (bucket ${confirm.minBucket} or more of ${confirm.model}, release ${confirm.manifestDigest})`
    : '';
  return `, and only where ${evidence.map((kind) => EVIDENCE[kind]).join(', or ')}${by}`;
}

function describeReceiver({ receiver, notify }: DetectionOrder): string[] {
  if (!receiver) return ['nothing leaves the device'];
  const { endpoint, subject, slotsPerDay, cover } = receiver;
  const who = subject === 'none' ? 'without a pseudonym' : 'with a pseudonym of the account';
  const traffic = cover ? 'with cover traffic' : 'without cover traffic: an observer learns that a signal left';
  const notice = notify.user === 'immediately' ? 'immediately' : `after ${notify.days} days`;
  return [
    `signals go to ${endpoint} ${who}, ${slotsPerDay} send slots a day, ${traffic}`,
    `users are notified of a signal ${notice}`,
  ];
}
