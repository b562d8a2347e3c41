/** What a capture proves, promise by promise. Pure: session, account and hits in, claims out. Flow: capture.ts → here → report. */
import type { LedgerEntry } from '@lodestone/protocol/ledger';
import { LIMITS } from '@lodestone/protocol/limits';
import { requestsOf } from '../ledger/run.ts';
import { nothingPastProxy, PACKETS_TESTED } from './packet-claim.ts';
import { broken, type Claim, count, holds, type Outcome, untested, verdictOf } from '../../report/report.ts';
import { auditSandbox, type SandboxLock } from '../sandbox/run.ts';
import type { Canary, CorpusFile } from '../../traffic/corpus.ts';
import type { Account, Explained, Reason } from '../../traffic/explain.ts';
import { differing } from '../../traffic/headers.ts';
import type { SeenFrame } from '../../traffic/frames.ts';
import type { Hit } from '../../traffic/search.ts';
import type { Session } from '../../traffic/session.ts';
import { type SentRequest, sizeOf, whatOf } from '../../traffic/record.ts';

export interface ReadLedger {
  entries: readonly LedgerEntry[];
  chain: Outcome;
}

export interface Evidence {
  session: Session;
  corpus: readonly CorpusFile[];
  account: Account;
  hits: readonly Hit[];
  ledgers: readonly ReadLedger[];
  own: readonly string[];
  contentTo: readonly string[];
  canaries: readonly Canary[];
  published: Partial<SandboxLock> | undefined;
}

export function claimsOf(evidence: Evidence): Claim[] {
  const { session, corpus, account, hits, ledgers, own, contentTo, canaries } = evidence;
  const of = (...whats: Hit['what'][]): Hit[] => hits.filter(({ what }) => whats.includes(what));
  const pictures = corpus.filter(({ pdq }) => pdq.length > 0).length;
  const forms =
    'as raw bytes, hex, base32, base64, URL-encoded, as JSON, as lists of numbers, compressed by gzip, deflate or Brotli, and in any of these within another';
  const exempt =
    contentTo.length > 0
      ? ` The host sends content to ${contentTo.join(', ')} by its own design; that was left out.`
      : '';
  return [
    {
      promise: 'Every byte that left is explained: by an entry of the ledger, or as the host’s own.',
      tested: `The app was used behind a recording proxy. Each request was looked for in the ledgers by method, address, size and digest of its body, and status; its headers were compared with those that a browser sets by itself. The host’s own is what went to ${own.join(', ')}, unless it looks like a signal or goes where signals go.`,
      ...everythingExplained(account),
    },
    {
      promise: 'Nothing left the browser but through the proxy.',
      tested: PACKETS_TESTED,
      ...nothingPastProxy(session, account),
    },
    {
      promise: 'Everything that the ledgers tell did leave, as they tell it.',
      tested: 'For each request in a ledger one was looked for in the recording.',
      ...nothingInvented(account, ledgers),
    },
    {
      promise: 'No content left: of no file so much as 16 bytes.',
      tested: `All that left, addresses and headers too, was searched for any 16 bytes in a row of ${count(corpus.length, 'file')}, ${forms}.${exempt}`,
      ...noHits(of('content'), session),
    },
    {
      promise: 'No hash of content left.',
      tested: `Likewise for SHA-256, SHA-512, SHA-1 and MD5 of each file (any 8 bytes of it), and for the PDQ hash of ${count(pictures, 'picture')} in eight orientations (within 31 bits).`,
      ...noHits(of('hash'), session),
    },
    {
      promise: 'Nothing else left that the auditor named: no score of a classifier, no word, no bytes.',
      tested: `Likewise for ${count(canaries.length, 'canary', 'canaries')}.`,
      ...(canaries.length === 0 ? untested('None was named.') : noHits(of('score', 'canary'), session)),
    },
    {
      promise: 'The SDK’s requests are the same for everybody: no cookie, no referrer, no validator, no token.',
      tested:
        'Headers of all requests that a ledger explains were compared with a list of those that a browser sets by itself, and with each other.',
      ...sameForEverybody(account),
    },
    {
      promise: `Nothing but sealed signals of ${LIMITS.signalBytes} bytes carries a body among the SDK’s requests.`,
      tested: 'Bodies of all requests that a ledger explains were measured.',
      ...onlySignals(account),
    },
    {
      promise: 'Each ledger is whole: no entry was changed, taken out or put in.',
      tested: 'The chain of digests was calculated anew.',
      ...chains(ledgers),
    },
    {
      promise:
        'Content was looked at in a sandbox: the published document, in a frame with sandbox="allow-scripts" and no more.',
      tested:
        'The frames of the page were read while the app ran, and their documents checked as lodestone-audit sandbox does.',
      ...sealedSandboxes(evidence),
    },
  ];
}

function everythingExplained({ explained }: Account): Outcome {
  const by = (reason: Reason['by']): Explained[] => explained.filter((one) => one.reason.by === reason);
  const odd = by('nothing');
  if (odd.length > 0) {
    const bytes = odd.reduce((sum, { sent }) => sum + sizeOf(sent), 0);
    const first = odd
      .slice(0, 5)
      .map(({ sent, reason }) => `${whatOf(sent)}: ${reason.by === 'nothing' ? reason.why : ''}`);
    return broken(
      `${count(odd.length, 'record')} of ${bytes.toLocaleString('en')} bytes unexplained. ${first.join('; ')}${odd.length > 5 ? '; …' : ''}.`,
    );
  }
  if (explained.length === 0) return untested('Nothing was recorded.');
  const parts = [
    `${by('ledger').length} by the ledger`,
    `${by('own').length} the host’s own`,
    ...(by('held').length > 0 ? [`${by('held').length} held back by the proxy, so they did not leave`] : []),
    ...(by('browser').length > 0 ? [`${by('browser').length} look-ups of the browser’s maker`] : []),
  ];
  return holds(`0 bytes unexplained. Of ${count(explained.length, 'record')}: ${parts.join(', ')}.`);
}

function nothingInvented({ unseen }: Account, ledgers: readonly ReadLedger[]): Outcome {
  const entries = ledgers.reduce((sum, one) => sum + requestsOf(one.entries).length, 0);
  if (unseen.length > 0)
    return broken(
      `Not seen: ${unseen.map(({ ledger, entry }) => `entry ${entry.seq} of ledger ${ledger + 1} (${entry.method} ${entry.origin}${entry.path})`).join(', ')}.`,
    );
  return entries === 0
    ? untested('The ledgers tell of no request.')
    : holds(`All ${count(entries, 'request')} of ${count(ledgers.length, 'ledger')}.`);
}

function noHits(hits: readonly Hit[], { traffic }: Session): Outcome {
  if (hits.length === 0) return holds(`0 found, in ${count(traffic.length, 'record')}.`);
  const where = (id: number): string =>
    traffic
      .filter((sent) => sent.id === id)
      .map(whatOf)
      .join();
  const told = hits.slice(0, 5).map(({ sent, place, said }) => `${said}, in the ${place} of ${where(sent)}`);
  return broken(`${count(hits.length, 'time')} found: ${told.join('; ')}${hits.length > 5 ? '; …' : ''}.`);
}

function byLedger({ explained }: Account): SentRequest[] {
  return explained.flatMap(({ sent, reason }) => (reason.by === 'ledger' && sent.kind === 'request' ? [sent] : []));
}

function sameForEverybody(account: Account): Outcome {
  const requests = byLedger(account);
  const odd = account.explained.flatMap(({ reason }) =>
    reason.by === 'nothing' && reason.why.includes('but carries') ? [reason.why] : [],
  );
  const different = differing(requests).map(({ name, values }) => `${name}: ${values.join(' or ')}`);
  if (odd.length + different.length > 0) return broken(`${[...odd, ...different].join('; ')}.`);
  return requests.length === 0
    ? untested('The SDK made no request.')
    : holds(`${count(requests.length, 'request')}, all alike.`);
}

function onlySignals(account: Account): Outcome {
  const requests = byLedger(account);
  if (requests.length === 0) return untested('The SDK made no request.');
  const posts = requests.filter(({ body }) => body.length > 0);
  const odd = posts.filter(({ body, method }) => method !== 'POST' || body.length !== LIMITS.signalBytes);
  return odd.length > 0
    ? broken(`Otherwise: ${odd.map(whatOf).join(', ')}.`)
    : holds(`${count(posts.length, 'signal')} left.`);
}

function chains(ledgers: readonly ReadLedger[]): Outcome {
  if (ledgers.length === 0) return untested('The adapter gave no ledger.');
  const odd = ledgers.flatMap(({ chain }, i) => (chain.verdict === 'broken' ? [`ledger ${i + 1}: ${chain.seen}`] : []));
  return odd.length > 0 ? broken(odd.join(' ')) : holds(`${ledgers.map(({ chain }) => chain.seen).join(', ')}.`);
}

function sealedSandboxes({ session, published }: Evidence): Outcome {
  const sandboxes = session.frames.flatMap((frame) => {
    const html = documentOf(frame, session);
    return html && /data-build="[0-9a-f]{64}"/.test(new TextDecoder().decode(html)) ? [{ frame, html }] : [];
  });
  if (sandboxes.length === 0) return untested('The page showed no sandbox. Without an order in force there is none.');
  const odd = sandboxes.flatMap(({ frame: { sandboxAttribute, allow }, html }) => {
    const report = auditSandbox({ name: 'sandbox', html, published });
    return [
      ...(sandboxAttribute === 'allow-scripts'
        ? []
        : [`sandbox is ${sandboxAttribute === undefined ? 'missing' : `"${sandboxAttribute}"`}`]),
      ...(allow ? [`it is allowed "${allow}"`] : []),
      ...(verdictOf(report) === 'broken'
        ? report.claims.filter(({ verdict }) => verdict === 'broken').map(({ seen }) => seen)
        : []),
    ];
  });
  if (odd.length > 0) return broken(odd.join(' '));
  const builds = new Set(sandboxes.map(({ html }) => auditSandbox({ name: 'sandbox', html }).facts.build.stated));
  const compared = published ? 'compared with the release' : 'not compared with a release, since none was given';
  return holds(`${count(sandboxes.length, 'sandbox')}, build ${[...builds].join(', ')}, ${compared}.`);
}

/** Inlined, or as the app was given it over the network. */
function documentOf({ document, url }: SeenFrame, { traffic }: Session): Uint8Array | undefined {
  if (document !== undefined) return new TextEncoder().encode(document);
  const answer = traffic.find((sent) => sent.kind === 'request' && sent.url === url && sent.response !== undefined);
  return answer?.kind === 'request' ? answer.response : undefined;
}
