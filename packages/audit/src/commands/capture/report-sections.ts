/** Report sections of a capture: bytes over time, traffic by reason and server, occurrences, files, all records. Spec: docs/design/audit.md#capture */
import type { CaptureFacts, TrafficFact } from './run.ts';
import type { Flow, PacketFacts } from '../../packets/records.ts';
import { bytes, type Section, folded, table } from '../../report/html/section.ts';
import { flow, type Stream } from '../../report/html/flow.ts';
import type { Content } from '../../report/html/html.ts';
import { timeline, type Tone } from '../../report/html/timeline.ts';

interface Kind {
  lane: string;
  tone: Tone;
}

const LANES: readonly Kind[] = [
  { lane: 'Unexplained', tone: 'b' },
  { lane: 'Signals', tone: 'c' },
  { lane: 'Signed inputs', tone: 'a' },
  { lane: 'First party', tone: 'd' },
  { lane: 'Blocked', tone: 'e' },
];
const [UNEXPLAINED, SIGNALS, INPUTS, FIRST_PARTY, BLOCKED] = LANES as [Kind, Kind, Kind, Kind, Kind];

function kindOf({ reason }: TrafficFact): Kind {
  switch (reason.by) {
    case 'unexplained':
      return UNEXPLAINED;
    case 'ledger':
      return reason.purpose === 'signal' ? SIGNALS : INPUTS;
    case 'first-party':
      return FIRST_PARTY;
    case 'blocked':
    case 'browser':
      return BLOCKED;
  }
}

export function captureSections(facts: CaptureFacts): Section[] {
  const { traffic, hits, moments, files, unseen, ledgers, packets } = facts;
  const used = LANES.filter((kind) => kind === UNEXPLAINED || traffic.some((one) => kindOf(one) === kind));
  return [
    {
      title: 'Bytes that left, over time',
      about: 'One dot for each request or other record. The dashed lines mark what the auditor did.',
      body: timeline({
        label: `${traffic.length} records by time and reason. The table of all records below has the same data.`,
        lanes: used.map(({ lane }) => lane),
        dots: traffic.map((one) => ({
          ...kindOf(one),
          at: one.at,
          bytes: one.sentBytes,
          title: `${one.what}: ${bytes(one.sentBytes)} sent`,
        })),
        moments,
      }),
    },
    {
      title: 'Traffic by reason and server',
      about:
        'Bytes include addresses and headers, before TLS encryption. What the proxy blocked did not leave, so it counts as 0 bytes.',
      body: flow('Records and bytes by reason and server. The table below has the same data.', streamsOf(traffic)),
    },
    ...(packets ? [packetSection(packets)] : []),
    ...(hits.length > 0
      ? [
          {
            title: 'Content found in the traffic',
            body: table(
              'Each occurrence and its location',
              [{ head: 'Found' }, { head: 'Where' }, { head: 'In' }],
              hits.map(({ description, location, sent }) => [
                description,
                location,
                traffic.find(({ id }) => id === sent)?.what,
              ]),
            ),
          },
        ]
      : []),
    ...(unseen.length > 0
      ? [
          {
            title: 'Ledger entries that were not recorded',
            body: table(
              'Entries without a request',
              [{ head: 'Entry' }],
              unseen.map((one) => [one]),
            ),
          },
        ]
      : []),
    {
      title: 'Attached files',
      body: table(
        `${files.length} files; the page had ${ledgers.length} ledgers of ${ledgers.map(({ entries }) => entries).join(' and ')} entries`,
        [{ head: 'File' }, { head: 'Size', number: true }, { head: 'Picture' }, { head: 'Result in the app' }],
        files.map(({ name, bytes: size, picture }) => [
          name,
          bytes(size),
          picture ? 'yes' : 'no',
          moments.find(({ file }) => file === name)?.label.slice(name.length + 2),
        ]),
      ),
    },
    {
      title: 'All records, with their reasons',
      body: folded(`${traffic.length} records`, recordTable(traffic, moments[0]?.at ?? 0)),
    },
  ];
}

const FLOWS: Record<Flow['as'], string> = {
  bypass: 'BYPASSED THE PROXY',
  lookup: 'DNS look-ups',
  proxy: 'to the proxy',
  link: 'the kernel’s, to maintain the link',
};

function packetSection({ packets, flows }: PacketFacts): Section {
  return {
    title: 'Packets that left the browser’s network namespace',
    about: 'All packets by protocol and destination. Bytes are counted on the link, with headers and encryption.',
    body: table(
      `${packets.toLocaleString('en')} packets`,
      [
        { head: 'Protocol' },
        { head: 'To' },
        { head: 'Packets', number: true },
        { head: 'Bytes', number: true },
        { head: 'Meaning' },
      ],
      (Object.keys(FLOWS) as Flow['as'][])
        .flatMap((as) => flows.filter((flow) => flow.as === as))
        .map(({ as, protocol, to, packets: many, bytes: size }) => [protocol, to, many, bytes(size), FLOWS[as]]),
    ),
  };
}

function streamsOf(traffic: readonly TrafficFact[]): Stream[] {
  const streams = new Map<string, Stream>();
  for (const one of traffic) {
    const { lane, tone } = kindOf(one);
    const key = `${lane} ${one.to}`;
    const stream = streams.get(key) ?? { from: lane, to: one.to, requests: 0, sentBytes: 0, tone };
    stream.requests += 1;
    stream.sentBytes += one.sentBytes;
    streams.set(key, stream);
  }
  return [...streams.values()];
}

function recordTable(traffic: readonly TrafficFact[], from: number): Section['body'] {
  return table(
    'In order of time, from the opening of the app',
    [
      { head: 'After', number: true },
      { head: 'Record' },
      { head: 'Sent', number: true },
      { head: 'Body', number: true },
      { head: 'Status', number: true },
      { head: 'Reason' },
    ],
    traffic.map((one): Content[] => [
      `${((one.at - from) / 1_000).toFixed(1)} s`,
      one.what,
      bytes(one.sentBytes),
      bytes(one.bodyBytes),
      one.status === 0 ? '' : one.status,
      reasonOf(one),
    ]),
  );
}

function reasonOf({ reason }: TrafficFact): string {
  switch (reason.by) {
    case 'ledger':
      return `entry ${reason.seq} of ledger ${reason.ledger + 1}: ${reason.purpose}`;
    case 'first-party':
      return `first-party server: ${reason.origin}`;
    case 'browser':
      return 'the browser’s look-up of its maker';
    case 'blocked':
      return reason.because === 'browser-maker'
        ? 'blocked: to the browser’s maker'
        : 'blocked: after the recording ended';
    case 'unexplained':
      return `UNEXPLAINED: ${reason.why}`;
  }
}
