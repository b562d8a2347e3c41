/**
 * Load on a receiver that is killed again and again: signals, covers, signals sent again, and notes of a lead in the console. What was
 * answered is compared with the database at the end.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Name } from '@lodestone/protocol/name';
import { type OpenDatabase, openDatabase } from '../../src/db/open.ts';
import { pino } from 'pino';
import { Browser } from './browser.ts';
import { type ReceiverProcess, startReceiverProcess } from './receiver-process.ts';
import { insertUsers } from './users.ts';
import { startWorld, type Subject, type World } from './world.ts';

/** Requests at the same time; each is answered at a step of 100 ms. */
const LANES = 48;
/** A body without an answer is sent again after this time. */
const AGAIN_MS = 20;
/** Longest time under load before a kill, and from the start of a process to a kill before it listens. */
const [UNDER_LOAD_MS, STARTING_MS] = [600, 1_500];
/** One kill of five is before the receiver listens. */
const STARTING_SHARE = 0.2;
const LEAD = 'kill-lead' as Name;

export interface KillFigures {
  kills: number;
  /** Kills before the receiver listened. */
  starting: number;
  /** Signals that got a 204, each with its own id. */
  signals: number;
  covers: number;
  /** Signals that were sent again after their 204, and got another. */
  repeated: number;
  /** Requests that a kill left without an answer; each was sent again. */
  unanswered: number;
  /** Notes that the console said are stored. */
  notes: number;
}

export interface KillLoad {
  readonly figures: KillFigures;
  /** Ids of all signals that got a 204. */
  readonly signalIds: readonly Uint8Array[];
  /** Text of each note that was sent → whether the console said that it is stored. */
  readonly notes: ReadonlyMap<string, boolean>;
  /** Kills the receiver under load, starts it again, and stops it at last. */
  run(kills: number): Promise<void>;
  /** The database, while no receiver runs. */
  open(): Promise<OpenDatabase>;
  remove(): Promise<void>;
}

export async function killLoad(databaseUrl: string | undefined): Promise<KillLoad> {
  const world = await startWorld(databaseUrl);
  const { dataDir, now } = world;
  await insertUsers(world.database.db, 'kill');
  const lead = await Browser.signedIn(world, LEAD);
  const figures: KillFigures = { kills: 0, starting: 0, signals: 0, covers: 0, repeated: 0, unanswered: 0, notes: 0 };
  const [signalIds, bodies]: [Uint8Array[], Uint8Array[]] = [[], []];
  const notes = new Map<string, boolean>();
  const nextId = ids(world);
  const caseNo = await firstCase(world, nextId, signalIds);
  figures.signals = signalIds.length;
  await world.receiver.close();

  let process: ReceiverProcess | undefined;
  /** Undefined while no receiver listens. */
  let url: string | undefined;
  let answered = Promise.withResolvers<void>();
  let isOver = false;

  const start = async (): Promise<void> => {
    answered = Promise.withResolvers();
    process = startReceiverProcess({ dataDir, databaseUrl, now });
    const addresses = await process.addresses;
    if (!addresses) throw new Error('the receiver ended before it listened');
    lead.move(addresses.console);
    url = addresses.url;
  };
  const kill = async (): Promise<void> => {
    url = undefined;
    await process?.end('SIGKILL');
    figures.kills++;
  };
  /** Until there is a 204. */
  const deliver = async (body: Uint8Array): Promise<void> => {
    for (;;) {
      if (url !== undefined) {
        if ((await post(url, body)) === 204) return answered.resolve();
        figures.unanswered++;
      }
      await delay(AGAIN_MS);
    }
  };
  const lane = async (): Promise<void> => {
    while (!isOver) {
      const signal = world.match({ ...(await nextId()), entry: 1 + Math.floor(Math.random() * 300) });
      const body = await world.seal(signal);
      await deliver(body);
      signalIds.push(signal.signalId);
      bodies.push(body);
      figures.signals++;
      await deliver(await world.seal({ kind: 'cover' }));
      figures.covers++;
      await deliver(bodies[Math.floor(Math.random() * bodies.length)] ?? body);
      figures.repeated++;
    }
  };
  const write = async (): Promise<void> => {
    for (let i = 0; !isOver; i++) {
      if (url === undefined) {
        await delay(AGAIN_MS);
        continue;
      }
      const text = `note ${i}`;
      notes.set(text, false);
      const page = await lead.post(`/cases/${caseNo}/note`, { text }).catch(() => undefined);
      if (page?.status !== 303) continue;
      notes.set(text, true);
      figures.notes++;
    }
  };

  return {
    figures,
    signalIds,
    notes,
    async run(kills) {
      await start();
      const load = [...Array.from({ length: LANES }, lane), write()];
      for (let i = 0; i < kills; i++) {
        await answered.promise;
        await delay(Math.random() * UNDER_LOAD_MS);
        await kill();
        if (Math.random() < STARTING_SHARE && i + 1 < kills) {
          process = startReceiverProcess({ dataDir, databaseUrl, now });
          await delay(Math.random() * STARTING_MS);
          await kill();
          figures.starting++;
          i++;
        }
        await start();
      }
      await answered.promise;
      isOver = true;
      await Promise.all(load);
      const code = await process?.end('SIGTERM');
      if (code !== 0) throw new Error(`the receiver ended with ${code}`);
    },
    open: () => openDatabase({ dataDir, databaseUrl, log: pino({ level: 'silent' }) }),
    async remove() {
      isOver = true;
      await process?.end('SIGKILL');
      await Promise.all(Object.values(world.authorities).map((authority) => authority.close()));
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Subject ids of one account after the other. */
function ids(world: World): () => Promise<ReturnType<Subject['id']>> {
  let subject: Promise<Subject> | undefined;
  let left = 0;
  return async () => {
    if (left === 0) [subject, left] = [world.subject(), 40];
    left--;
    return (await (subject ?? world.subject())).id();
  };
}

async function firstCase(
  world: World,
  nextId: () => Promise<ReturnType<Subject['id']>>,
  signalIds: Uint8Array[],
): Promise<number> {
  for (const entry of [1, 2]) {
    const signal = world.match({ ...(await nextId()), entry });
    if ((await world.send(signal)) !== 204) throw new Error('the first signals are not stored');
    signalIds.push(signal.signalId);
  }
  const { caseNo } = await world.database.db.selectFrom('cases').select('caseNo').executeTakeFirstOrThrow();
  return caseNo;
}

/** @returns the status; 0 without an answer */
async function post(url: string, body: Uint8Array): Promise<number> {
  try {
    const response = await fetch(`${url}/v1/signals`, { method: 'POST', body: body as Uint8Array<ArrayBuffer> });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
