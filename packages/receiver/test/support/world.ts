/** A receiver with its authorities and a device, on a clock that the test sets. */
import type { AnyDigest } from '@lodestone/testkit/digests';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ReceiverKey, parseKeys } from '@lodestone/protocol/keys';
import type { Name } from '@lodestone/protocol/name';
import type { WebAddress } from '@lodestone/protocol/text';
import { type Day, toDay } from '@lodestone/protocol/time';
import { type MatchSignal, noSubject, type Signal, type SubjectId } from '@lodestone/protocol/signal';
import { type Month, monthOf, parseSubjectIds } from '@lodestone/protocol/subject-ids';
import { generateSubjectKey, importSubjectKey, issueSubjectIds, sealSignal } from '@lodestone/seal';
import { pino } from 'pino';
import { type OpenDatabase, openDatabase } from '../../src/db/open.ts';
import { initReceiver } from '../../src/init.ts';
import { addSubjectKey } from '../../src/keys/subject-keys.ts';
import { type Receiver, startOn } from '../../src/receiver.ts';
import { type RepositoryServer, startRepositoryServer } from '@lodestone/testkit/repository-server';
import { Browser } from './browser.ts';
import { copyEmbeddedDatabase } from './embedded-database.ts';
import { SECRET } from './secret.ts';
import { list, LIST_PATH, MODEL, MODEL_PATH, order } from './documents.ts';

/** A Tuesday. The current counting window of 10 days began one day earlier. */
export const NOON = Date.parse('2026-11-24T12:00:00Z');

export interface World {
  receiver: Receiver;
  database: OpenDatabase;
  /** Undefined with the embedded database. */
  databaseUrl: string | undefined;
  dataDir: string;
  authorities: Record<'orders' | 'lists' | 'provider', RepositoryServer>;
  /** Digests of the documents that were published at the start. */
  digests: Record<'pseudonym' | 'none' | 'consent' | 'list' | 'model', AnyDigest>;
  key: ReceiverKey;
  /** Private key of the account service. */
  subjectKey: string;
  /** The receiver's clock. */
  now: number;
  /** All logged lines. */
  log: string[];
  /** A new account, whose ids cover matches of the given day and of the rest of its month. Default: today, one batch of ids. */
  subject(day?: Day, batches?: number): Promise<Subject>;
  /** A subject id of a new account. */
  subjectId(day?: Day): Promise<SubjectId>;
  /** A match of today under the order with pseudonyms. */
  match(change?: Partial<MatchSignal>): MatchSignal;
  seal(signal: Signal): Promise<Uint8Array<ArrayBuffer>>;
  post(body: BodyInit | Uint8Array): Promise<Response>;
  send(signal: Signal): Promise<number>;
  /** A page of the console, as a lead sees it. */
  console(path: string): Promise<string>;
  close(): Promise<void>;
}

/** The receiver's own step is 100 ms, which a suite that sends hundreds of signals would wait for. */
const SHORT_ANSWER_STEP_MS = 5;

/** The account service's, for contests. */
export const CONTEST_TOKEN = 'a token of the account service, invented'.replaceAll(' ', '-');
export const ENDPOINT = 'https://receiver.example/v1/signals' as WebAddress;
/** An account as its device sees it. */
export interface Subject {
  pseudonym: Uint8Array<ArrayBuffer>;
  /** The next of the 40 ids of each batch. */
  id(): SubjectId;
}

const PSEUDONYM_ORDER = 'v1/orders/pseudonym.json';
const NONE_ORDER = 'v1/orders/none.json';
const CONSENT_ORDER = 'v1/orders/consent.json';

export const documents: Record<string, Uint8Array> = {
  [PSEUDONYM_ORDER]: order('pseudonym'),
  [NONE_ORDER]: order('none', {
    receiver: {
      endpoint: 'https://receiver.example/v1/signals' as WebAddress,
      keys: MODEL,
      subject: 'none',
      slotsPerDay: 1,
      cover: true,
    },
  }),
};
const consent = order('consent', {
  basis: 'consent',
  detect: [
    {
      kind: 'classifier',
      model: MODEL,
      minBucket: 7,
      action: 'warn',
      signal: { surfaces: ['send'], threshold: 3, withinDays: 30 },
    },
  ],
});

/** @param judgesClock false: the receiver takes signals at any time that a test sets */
export async function startWorld(
  databaseUrl?: string,
  answerStepMs = SHORT_ANSWER_STEP_MS,
  judgesClock = false,
): Promise<World> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'receiver-'));
  const expires = NOON + 400 * 86_400_000;
  const authorities = {
    orders: await startRepositoryServer(expires),
    lists: await startRepositoryServer(expires),
    provider: await startRepositoryServer(expires),
  };
  const ofOrders = await authorities.orders.publish(documents);
  const ofLists = await authorities.lists.publish(list(1));
  const ofProvider = await authorities.provider.publish({ [CONSENT_ORDER]: consent, [MODEL_PATH]: new Uint8Array(9) });

  const source = async (name: keyof typeof authorities) => {
    await writeFile(path.join(dataDir, `${name}.root.json`), authorities[name].root);
    return { name: name as string as Name, url: authorities[name].url as WebAddress, root: `${name}.root.json` };
  };
  const made = await initReceiver({
    dataDir,
    secret: SECRET,
    now: () => NOON,
    config: {
      endpoint: 'https://receiver.example/v1/signals' as WebAddress,
      authorities: {
        orders: [await source('orders')],
        lists: [await source('lists')],
        provider: await source('provider'),
      },
    },
  });
  const subjectKey = await generateSubjectKey();
  await addSubjectKey(dataDir, subjectKey.publicKey);
  const accountService = await importSubjectKey(subjectKey.privateKey);
  const key = parseKeys(made.keysDocument).keys[0] as ReceiverKey;

  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
  if (databaseUrl === undefined) await copyEmbeddedDatabase(path.join(dataDir, 'db'));
  const database = await openDatabase({ dataDir, databaseUrl, log: logger });
  const clock = { now: NOON };
  const receiver = await startOn(database, {
    dataDir,
    secret: SECRET,
    port: 0,
    consolePort: 0,
    metricsPort: 0,
    answerStepMs,
    contests: { token: CONTEST_TOKEN },
    ...(!judgesClock && { isBelieved: () => true }),
    now: () => clock.now,
    log: logger,
  });

  const world: World = {
    receiver,
    database,
    databaseUrl,
    dataDir,
    authorities,
    digests: {
      pseudonym: ofOrders[PSEUDONYM_ORDER] as AnyDigest,
      none: ofOrders[NONE_ORDER] as AnyDigest,
      consent: ofProvider[CONSENT_ORDER] as AnyDigest,
      list: ofLists[LIST_PATH] as AnyDigest,
      model: ofProvider[MODEL_PATH] as AnyDigest,
    },
    key,
    subjectKey: subjectKey.privateKey,
    get now() {
      return clock.now;
    },
    set now(ms) {
      clock.now = ms;
    },
    log,
    subject: (day = toDay(world.now), batches = 1) => issueSubject(accountService, monthOf(day), batches),
    subjectId: async (day) => (await world.subject(day)).id(),
    match: (change) => ({
      kind: 'match',
      surface: 'send',
      media: 'image',
      day: toDay(world.now),
      ...noSubject(crypto.getRandomValues(new Uint8Array(16))),
      orderDigest: world.digests.pseudonym,
      manifestDigest: world.digests.list,
      entry: 4_000_000_001,
      level: change?.kind === 'sensitive' ? 5 : 0,
      evidence: change?.kind === 'sensitive' ? 'classifier' : 'exact',
      confirmBucket: 0,
      confirmModel: new Uint8Array(8),
      ...change,
    }),
    seal: (signal) => sealSignal(signal, key),
    post: (body) => fetch(`${receiver.url}/v1/signals`, { method: 'POST', body: body as BodyInit }),
    send: async (signal) => (await world.post(await world.seal(signal))).status,
    async console(path) {
      const { db } = database;
      const name = 'onlooker' as Name;
      // Removed afterwards, because suites add their first user themselves.
      await db
        .insertInto('users')
        .values({ name, role: 'lead', tokenDigest: new Uint8Array(32) })
        .execute();
      try {
        const page = await (await Browser.signedIn(world, name)).get(path);
        if (page.status !== 200) throw new Error(`${path}: ${page.status}`);
        return page.html;
      } finally {
        await db.deleteFrom('sessions').where('name', '=', name).execute();
        await db.deleteFrom('users').where('name', '=', name).execute();
      }
    },
    async close() {
      await receiver.close();
      await Promise.all(Object.values(authorities).map((authority) => authority.close()));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return world;
}

async function issueSubject(accountService: CryptoKey, month: Month, batchCount: number): Promise<Subject> {
  const pseudonym = crypto.getRandomValues(new Uint8Array(16));
  const issue = () => issueSubjectIds(accountService, { endpoint: ENDPOINT, pseudonym, month });
  const batches = (await Promise.all(Array.from({ length: batchCount }, issue))).map(parseSubjectIds);
  const ids = batches.flatMap(({ lastDay, ids }) => ids.map((id) => ({ ...id, pseudonym, lastDay }))).values();
  return {
    pseudonym,
    id() {
      const { value } = ids.next();
      if (!value) throw new Error('all ids are used');
      return value;
    },
  };
}
