/** Claims about a captured session. Pure. Flow: run.ts → here → report. Spec: docs/design/audit.md#capture */
import type { LedgerEntry } from '@lodestone/protocol/ledger';
import { LIMITS } from '@lodestone/protocol/limits';
import { type Claim, claimBuilder, count, fail, notTested, type Outcome, pass, statusOf } from '../../report/report.ts';
import type { Canary, CorpusFile } from '../../traffic/corpus.ts';
import type { Explained, Explanation, Reason } from '../../traffic/explain.ts';
import type { PageFrame } from '../../traffic/frames.ts';
import { differingHeaders } from '../../traffic/headers.ts';
import { describeRecord, type SentRequest, sizeOf } from '../../traffic/record.ts';
import type { Hit } from '../../traffic/hits.ts';
import type { Session } from '../../traffic/session.ts';
import { requestsOf } from '../ledger/claims.ts';
import type { SandboxLock } from '../sandbox/document.ts';
import { auditSandbox } from '../sandbox/run.ts';
import { type ComparedPictures, noPictures, picturesTested } from './picture-claim.ts';
import { nothingBypassesProxy, PACKETS_TESTED } from './packet-claim.ts';

export const CAPTURE_CLAIMS = {
  'traffic-is-explained':
    'Every recorded request is explained: by a ledger entry, by a first-party server, or as the browser’s own look-up',
  'traffic-goes-through-proxy': 'Apart from explained DNS look-ups, nothing left the browser except through the proxy',
  'ledger-requests-were-recorded': 'Every request in the ledgers was recorded by the proxy',
  'no-content-in-traffic': 'No 16 consecutive bytes of an attached file appear in the traffic, in any tested encoding',
  'no-picture-in-traffic': 'No picture, or reduced copy of one, left the device',
  'no-hash-in-traffic': 'No hash of an attached file appears in the traffic, in any tested encoding',
  'no-canary-in-traffic': 'No word, score or byte sequence that the auditor named appears in the traffic',
  'sdk-headers-are-uniform':
    'The SDK’s requests carry only headers that the browser sets by itself, with the same values in each',
  'sdk-bodies-are-signals': 'Among the SDK’s requests, only POSTs of the fixed length of signals carry a body',
  'captured-ledgers-are-intact': 'No entry of the app’s ledgers was changed, removed or inserted',
  'sandbox-frames-are-sealed':
    'Each sandbox frame has sandbox="allow-scripts" and nothing more, and contains a valid sandbox document',
} as const;
const claim = claimBuilder(CAPTURE_CLAIMS);

export interface VerifiedLedger {
  entries: readonly LedgerEntry[];
  chain: Outcome;
}

export interface Evidence {
  session: Session;
  corpus: readonly CorpusFile[];
  explanation: Explanation;
  hits: readonly Hit[];
  pictures: ComparedPictures;
  ledgers: readonly VerifiedLedger[];
  firstParty: readonly string[];
  contentTo: readonly string[];
  canaries: readonly Canary[];
  published: Partial<SandboxLock> | undefined;
}

export function captureClaims(evidence: Evidence): Claim[] {
  const { session, explanation, ledgers, firstParty } = evidence;
  return [
    claim(
      'traffic-is-explained',
      `The app ran behind a recording proxy. Each request was looked up in the ledgers by method, address, size and digest of its body, and status; its headers were compared with those that a browser sets by itself. Requests to ${firstParty.join(', ')} count as the host’s, unless they have the form or the address of a signal.`,
      everythingExplained(explanation),
    ),
    claim('traffic-goes-through-proxy', PACKETS_TESTED, nothingBypassesProxy(session, explanation)),
    claim(
      'ledger-requests-were-recorded',
      'For each request in a ledger, a matching one was looked up in the recording.',
      everyEntryRecorded(explanation, ledgers),
    ),
    ...searchClaims(evidence),
    claim(
      'sdk-headers-are-uniform',
      'The headers of all requests that a ledger explains were compared with a list of those that a browser sets by itself, and with each other. Cookies, Referer, conditional headers and tokens are not on the list.',
      uniformHeaders(explanation),
    ),
    claim(
      'sdk-bodies-are-signals',
      `Method and body of all requests that a ledger explains were compared with this rule: ${LIMITS.signalBytes} bytes.`,
      onlySignals(explanation),
    ),
    claim('captured-ledgers-are-intact', 'The chain of digests was recalculated.', chains(ledgers)),
    claim(
      'sandbox-frames-are-sealed',
      'The frames of the page were read while the app ran. Their documents were checked as by lodestone-audit sandbox.',
      sealedFrames(evidence),
    ),
  ];
}

const ENCODINGS =
  'raw, hex, base32, base64, URL-encoded, as JSON, as lists of numbers, compressed with gzip, deflate or Brotli, and any of these nested in another';

function searchClaims({ session, corpus, hits, pictures: compared, contentTo, canaries }: Evidence): Claim[] {
  const of = (...kinds: Hit['what'][]): Hit[] => hits.filter(({ what }) => kinds.includes(what));
  const pictures = corpus.filter(({ look }) => look !== undefined).length;
  const exempt =
    contentTo.length > 0
      ? ` Requests to ${contentTo.join(', ')} were not searched: the host sends content there by its own design.`
      : '';
  return [
    claim(
      'no-content-in-traffic',
      `All traffic, including addresses and headers, was searched for any 16 consecutive bytes of ${count(corpus.length, 'file')}: ${ENCODINGS}. Runs of nearly equal bytes and short runs of text occur anywhere and do not count, nor does what unrelated pictures share: the tables of a JPEG (quantisation, Huffman), colour profiles.${exempt}`,
      noHits(of('content'), session),
    ),
    claim(
      'no-picture-in-traffic',
      `${picturesTested(pictures)}${exempt}`,
      noPictures(compared, (found) => noHits(found, session)),
    ),
    claim(
      'no-hash-in-traffic',
      `The same search for SHA-256, SHA-512, SHA-1 and MD5 of each file (any 8 bytes of it), and for the PDQ hash of ${count(pictures, 'picture')} in eight orientations (within 31 bits).${exempt}`,
      noHits(of('hash'), session),
    ),
    claim(
      'no-canary-in-traffic',
      `The same search for ${count(canaries.length, 'canary', 'canaries')}.${exempt}`,
      canaries.length === 0 ? notTested('The auditor named no canary.') : noHits(of('score', 'canary'), session),
    ),
  ];
}

function everythingExplained({ explained }: Explanation): Outcome {
  const by = (reason: Reason['by']): Explained[] => explained.filter((one) => one.reason.by === reason);
  const unexplained = by('unexplained');
  if (unexplained.length > 0) {
    const bytes = unexplained.reduce((sum, { sent }) => sum + sizeOf(sent), 0);
    const first = unexplained
      .slice(0, 5)
      .map(({ sent, reason }) => `${describeRecord(sent)}: ${reason.by === 'unexplained' ? reason.why : ''}`);
    return fail(
      `${count(unexplained.length, 'record')} of ${bytes.toLocaleString('en')} bytes unexplained. ${first.join('; ')}${unexplained.length > 5 ? '; …' : ''}.`,
    );
  }
  if (explained.length === 0) return notTested('Nothing was recorded.');
  const parts = [
    `${by('ledger').length} by a ledger`,
    `${by('first-party').length} first-party`,
    ...(by('blocked').length > 0 ? [`${by('blocked').length} blocked by the proxy, so they did not leave`] : []),
    ...(by('browser').length > 0 ? [`${by('browser').length} look-ups of the browser’s maker`] : []),
  ];
  return pass(`0 bytes unexplained. Of ${count(explained.length, 'record')}: ${parts.join(', ')}.`);
}

function everyEntryRecorded({ unrecorded }: Explanation, ledgers: readonly VerifiedLedger[]): Outcome {
  const entries = ledgers.reduce((sum, one) => sum + requestsOf(one.entries).length, 0);
  if (unrecorded.length > 0)
    return fail(
      `Not recorded: ${unrecorded.map(({ ledger, entry }) => `entry ${entry.seq} of ledger ${ledger + 1} (${entry.method} ${entry.origin}${entry.path})`).join(', ')}.`,
    );
  return entries === 0
    ? notTested('The ledgers contain no request.')
    : pass(`All ${count(entries, 'request')} of ${count(ledgers.length, 'ledger')}.`);
}

function noHits(hits: readonly Hit[], { traffic }: Session): Outcome {
  if (hits.length === 0) return pass(`0 found in ${count(traffic.length, 'record')}.`);
  const recordOf = (id: number): string =>
    traffic
      .filter((sent) => sent.id === id)
      .map(describeRecord)
      .join();
  const first = hits
    .slice(0, 5)
    .map(({ sent, location, description }) => `${description}, in the ${location} of ${recordOf(sent)}`);
  return fail(`${count(hits.length, 'time')} found: ${first.join('; ')}${hits.length > 5 ? '; …' : ''}.`);
}

function requestsByLedger({ explained }: Explanation): SentRequest[] {
  return explained.flatMap(({ sent, reason }) => (reason.by === 'ledger' && sent.kind === 'request' ? [sent] : []));
}

function uniformHeaders(explanation: Explanation): Outcome {
  const requests = requestsByLedger(explanation);
  const unexpected = explanation.explained.flatMap(({ reason }) =>
    reason.by === 'unexplained' && reason.why.includes('but carries') ? [reason.why] : [],
  );
  const different = differingHeaders(requests).map(({ name, values }) => `${name}: ${values.join(' or ')}`);
  if (unexpected.length + different.length > 0) return fail(`${[...unexpected, ...different].join('; ')}.`);
  return requests.length === 0
    ? notTested('The SDK made no request.')
    : pass(`${count(requests.length, 'request')}, all alike.`);
}

function onlySignals(explanation: Explanation): Outcome {
  const requests = requestsByLedger(explanation);
  if (requests.length === 0) return notTested('The SDK made no request.');
  const posts = requests.filter(({ body }) => body.length > 0);
  const others = posts.filter(({ body, method }) => method !== 'POST' || body.length !== LIMITS.signalBytes);
  return others.length > 0
    ? fail(`Exceptions: ${others.map(describeRecord).join(', ')}.`)
    : pass(`${count(posts.length, 'signal')} left.`);
}

function chains(ledgers: readonly VerifiedLedger[]): Outcome {
  if (ledgers.length === 0) return notTested('The adapter returned no ledger.');
  const failed = ledgers.flatMap(({ chain }, i) =>
    chain.status === 'fail' ? [`ledger ${i + 1}: ${chain.result}`] : [],
  );
  return failed.length > 0 ? fail(failed.join(' ')) : pass(`${ledgers.map(({ chain }) => chain.result).join(', ')}.`);
}

function sealedFrames({ session, published }: Evidence): Outcome {
  const sandboxes = session.frames.flatMap((frame) => {
    const html = documentOf(frame, session);
    return html && /data-build="[0-9a-f]{64}"/.test(new TextDecoder().decode(html)) ? [{ frame, html }] : [];
  });
  if (sandboxes.length === 0)
    return notTested('The page had no sandbox. Without an order in force, no sandbox starts.');
  const failures = sandboxes.flatMap(({ frame: { sandboxAttribute, allow }, html }) => {
    const report = auditSandbox({ name: 'sandbox', html, published });
    return [
      ...(sandboxAttribute === 'allow-scripts'
        ? []
        : [`The sandbox attribute is ${sandboxAttribute === undefined ? 'missing' : `"${sandboxAttribute}"`}.`]),
      ...(allow ? [`The frame has allow="${allow}".`] : []),
      ...(statusOf(report) === 'fail'
        ? report.claims.filter(({ status }) => status === 'fail').map(({ result }) => result)
        : []),
    ];
  });
  if (failures.length > 0) return fail(failures.join(' '));
  const builds = new Set(sandboxes.map(({ html }) => auditSandbox({ name: 'sandbox', html }).facts.build.stated));
  const compared = published ? 'equal to the release' : 'not compared with a release, since none was given';
  return pass(`${count(sandboxes.length, 'sandbox', 'sandboxes')}, build ${[...builds].join(', ')}, ${compared}.`);
}

/** The inline document, or the one that the app received over the network. */
function documentOf({ document, url }: PageFrame, { traffic }: Session): Uint8Array | undefined {
  if (document !== undefined) return new TextEncoder().encode(document);
  const served = traffic.find((sent) => sent.kind === 'request' && sent.url === url && sent.response !== undefined);
  return served?.kind === 'request' ? served.response : undefined;
}
