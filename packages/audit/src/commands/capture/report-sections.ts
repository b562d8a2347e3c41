/** Exhibits of a capture: bytes over time, who sent how much to whom, each record with its reason, what was found. */
import type { CaptureFacts, TrafficFact } from './run.ts';
import type { Flow, PacketFacts } from '../../packets/records.ts';
import { bytes, type Exhibit, folded, table } from '../../report/html/section.ts';
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
  { lane: 'The host’s own', tone: 'd' },
  { lane: 'Held back', tone: 'e' },
];
const [UNEXPLAINED, SIGNALS, INPUTS, OWN, HELD] = LANES as [Kind, Kind, Kind, Kind, Kind];

function kindOf({ reason }: TrafficFact): Kind {
  switch (reason.by) {
    case 'nothing':
      return UNEXPLAINED;
    case 'ledger':
      return reason.purpose === 'signal' ? SIGNALS : INPUTS;
    case 'own':
      return OWN;
    case 'held':
    case 'browser':
      return HELD;
  }
}

export function captureExhibits(facts: CaptureFacts): Exhibit[] {
  const { traffic, hits, moments, files, unseen, ledgers, packets } = facts;
  const used = LANES.filter((kind) => kind === UNEXPLAINED || traffic.some((one) => kindOf(one) === kind));
  return [
    {
      title: 'Bytes that left, over time',
      about: 'One dot for each request or other record. Dashed lines: what the auditor did.',
      body: timeline({
        label: `${traffic.length} records by time and reason; the same as in the table of every record below.`,
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
      title: 'Who sent what, to whom',
      about: 'Bytes with addresses and headers, before encryption by TLS.',
      body: flow('Records and bytes by reason and server; the same as in the table below.', streamsOf(traffic)),
    },
    ...(packets ? [packetExhibit(packets)] : []),
    ...(hits.length > 0
      ? [
          {
            title: 'What was found of the corpus',
            body: table(
              'Each find, and where',
              [{ head: 'Found' }, { head: 'Where' }, { head: 'In' }],
              hits.map(({ said, place, sent }) => [said, place, traffic.find(({ id }) => id === sent)?.what]),
            ),
          },
        ]
      : []),
    ...(unseen.length > 0
      ? [
          {
            title: 'In a ledger, and never seen',
            body: table(
              'Entries without a request',
              [{ head: 'Entry' }],
              unseen.map((one) => [one]),
            ),
          },
        ]
      : []),
    {
      title: 'What was attached',
      body: table(
        `${files.length} files; the page had ${ledgers.length} ledgers of ${ledgers.map(({ entries }) => entries).join(' and ')} entries`,
        [{ head: 'File' }, { head: 'Size', number: true }, { head: 'Picture' }, { head: 'What the app said' }],
        files.map(({ name, bytes: size, picture }) => [
          name,
          bytes(size),
          picture ? 'yes' : 'no',
          moments.find(({ file }) => file === name)?.label.slice(name.length + 2),
        ]),
      ),
    },
    {
      title: 'Every record, with its reason',
      body: folded(`${traffic.length} records`, recordTable(traffic, moments[0]?.at ?? 0)),
    },
  ];
}

const FLOWS: Record<Flow['as'], string> = {
  past: 'PAST THE PROXY',
  name: 'look-ups of names',
  proxy: 'to the proxy',
  link: 'the kernel’s own, about the link itself',
};

function packetExhibit({ packets, flows }: PacketFacts): Exhibit {
  return {
    title: 'Packets that left the browser’s network',
    about: 'All of them, by protocol and destination. Bytes are those on the link, with headers and encryption.',
    body: table(
      `${packets.toLocaleString('en')} packets`,
      [
        { head: 'Protocol' },
        { head: 'To' },
        { head: 'Packets', number: true },
        { head: 'Bytes', number: true },
        { head: 'What they are' },
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

function recordTable(traffic: readonly TrafficFact[], from: number): Exhibit['body'] {
  return table(
    'In order of time, from the opening of the app on',
    [
      { head: 'After', number: true },
      { head: 'What' },
      { head: 'Sent', number: true },
      { head: 'Of it body', number: true },
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
    case 'own':
      return `the host’s own: ${reason.origin}`;
    case 'browser':
      return 'the browser’s own look-up of its maker';
    case 'held':
      return reason.because === 'browser'
        ? 'to the browser’s maker: held back'
        : 'after the ledgers were read: held back';
    case 'nothing':
      return `UNEXPLAINED: ${reason.why}`;
  }
}
