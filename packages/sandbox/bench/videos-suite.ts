/**
 * The built sandbox's whole check of a video of a minute that is on no list, and of the same video if it is listed (the first answer: its
 * key frames decide), in turns with decoding all its frames with the same decoder; and of a letterboxed video that is on no list, without
 * and with the variant `borders`. Runs in a page of Chromium.
 */
import { loadPdq } from '@lodestone/pdq';
import { concatBytes, fromHex } from '@lodestone/protocol/bytes';
import { printRelease } from '@lodestone/protocol/list-file';
import type { PlanList } from '@lodestone/protocol/sandbox';
import { type Budget, race, type Row } from '@lodestone/testkit/bench/race';
import { BufferSource, EncodedPacketSink, Input, MP4, WEBM } from 'mediabunny';
import { FrameHasher } from '../src/decode/frame-hash.ts';
import { type OpenSandbox, openSandbox, planList, sandboxList } from '../test/open-sandbox.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Packets that wait in the decoder, as in the video part. */
const QUEUE = 8;
/** As `lodestone-authority import` lists them. */
const LISTED_EVERY_S = 0.25;

export async function* suite(budget: Budget = {}): AsyncGenerator<Row> {
  const sandbox = await openSandbox();
  await sandbox.start('video');
  const other = printRelease([{ type: 'vpdq', entry: 1, payload: fromHex('5a'.repeat(32)) }]);
  await sandbox.calls.load(sandboxList('other', other));
  for (const name of ['h264.mp4', 'vp9.webm']) {
    const bytes = new Uint8Array(await (await fetch(`/files/${name}`)).arrayBuffer());
    const listed = printRelease([{ type: 'vpdq', entry: 7, payload: concatBytes(...(await rowsOf(bytes))) }]);
    await sandbox.calls.load(sandboxList(name, listed));
    const check = async (list: string, findings: number): Promise<void> => {
      const verdict = await sandbox.scan(bytes.slice(), [planList(list, { media: ['video'] })]);
      if (!verdict.complete || verdict.findings.length !== findings)
        throw new Error(`${name}: ${JSON.stringify(verdict)}`);
    };
    const { whole, first, theirs } = await race(
      {
        whole: () => check('other', 0),
        first: () => check(name, 1),
        theirs: () => decodeAll(bytes, (frame) => frame.close()),
      },
      { budgetMs: 20_000, ...budget },
    );
    const against = { 'decoding all frames': theirs.medianMs };
    yield { name: `${name}, a minute of 720p: checked`, ...whole, against };
    yield { name: `${name}, a minute of 720p: first answer`, ...first, against };
  }
  yield* letterboxed(sandbox, budget);
  sandbox.close();
}

async function* letterboxed(sandbox: OpenSandbox, budget: Budget): AsyncGenerator<Row> {
  const name = 'letterbox.mp4';
  const bytes = new Uint8Array(await (await fetch(`/files/${name}`)).arrayBuffer());
  const check = async (variants: PlanList['variants']): Promise<void> => {
    const verdict = await sandbox.scan(bytes.slice(), [planList('other', { media: ['video'], variants })]);
    if (!verdict.complete || verdict.findings.length > 0) throw new Error(`${name}: ${JSON.stringify(verdict)}`);
  };
  const { plain, borders, theirs } = await race(
    {
      plain: () => check([]),
      borders: () => check(['borders']),
      theirs: () => decodeAll(bytes, (frame) => frame.close()),
    },
    { budgetMs: 20_000, ...budget },
  );
  const against = { 'decoding all frames': theirs.medianMs };
  yield { name: `${name}, a minute of 720p: checked`, ...plain, against };
  yield { name: `${name}, a minute of 720p: checked with borders`, ...borders, against };
}

async function rowsOf(bytes: Bytes): Promise<Uint8Array[]> {
  const hasher = new FrameHasher(await loadPdq(), { others: false, borders: false, coefficients: false });
  const rows: Uint8Array[] = [];
  let next = 0;
  let hashed = Promise.resolve();
  await decodeAll(bytes, (frame) => {
    const seconds = frame.timestamp / 1e6;
    if (seconds < next) return frame.close();
    next += LISTED_EVERY_S;
    hashed = hashed.then(async () => {
      rows.push((await hasher.hash(frame, 0)).own);
      frame.close();
    });
  });
  await hashed;
  return rows;
}

async function decodeAll(bytes: Bytes, look: (frame: VideoFrame) => void): Promise<void> {
  const input = new Input({ source: new BufferSource(bytes), formats: [MP4, WEBM] });
  const track = await input.getPrimaryVideoTrack();
  const config = await track?.getDecoderConfig();
  if (!track || !config) throw new Error('no track');
  const decoder = new VideoDecoder({
    output: look,
    error: (error) => {
      throw error;
    },
  });
  decoder.configure({ ...config, hardwareAcceleration: 'prefer-software' });
  for await (const packet of new EncodedPacketSink(track).packets()) {
    while (decoder.decodeQueueSize >= QUEUE) {
      await new Promise((done) => decoder.addEventListener('dequeue', done, { once: true }));
    }
    decoder.decode(packet.toEncodedVideoChunk());
  }
  await decoder.flush();
  decoder.close();
  input.dispose();
}
