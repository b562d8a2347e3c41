/**
 * A device whose pages run the real outbox on a virtual clock: orders, keys, receiver, pages and storage do what a
 * script says. Two devices with one script differ only in the matches that the script contains.
 */
import type { ReceiverKey, ReceiverKeys, TargetReference } from '@lodestone/protocol';
import { LodestoneError, toInstant, DAY_MS } from '@lodestone/protocol';
import type { AnyDigest } from '@lodestone/testkit/digests';
import type { ModelInForce, OrderInForce } from '../../src/inputs.ts';
import type { Match } from '../../src/match.ts';
import { type Outbox, startOutbox } from '../../src/network/outbox/outbox.ts';
import { type KeysOf, validKey } from '../../src/network/outbox/sealing-keys.ts';
import { type OrderState, scheduleOf } from '../../src/network/outbox/send-slot.ts';
import { signalItems } from '../../src/network/outbox/signal-items.ts';
import { memoryStorage } from '../../src/network/storage/memory.ts';
import type { Storage } from '../../src/network/storage/transaction.ts';
import type { OutboxStatus } from '../../src/status.ts';
import { subjectBatch } from '../subject-batch.ts';
import { ENDPOINT, receiverKey } from '../world.ts';
import { FakeLock } from './fake-locks.ts';
import { freeze } from './stand-ins.ts';
import type { VirtualTime } from './virtual-time.ts';

export const RECEIVER_MODES = ['204', '429', '503', 'offline', 'silent'] as const;
export type ReceiverMode = (typeof RECEIVER_MODES)[number];

/** A request as an observer sees it who watches the network and ends TLS. */
export interface Observed {
  at: number;
  bytes: number;
  /** Index of the first request with the same bytes. */
  first: number;
  answer: ReceiverMode;
}

/** A request for a month's subject ids. */
interface RequestedBatch {
  at: number;
  page: number;
  month: string;
}

/** A request as it left, with the orders and keys of that moment. */
interface Sent {
  at: number;
  page: number;
  body: string;
  world: Public;
}

export interface Public {
  orders: readonly OrderInForce[];
  unknown: readonly OrderInForce[];
  /** Default: none is in force. */
  models?: readonly ModelInForce[];
  keys: ReceiverKeys | undefined;
  /** The key set that orders name by `OTHER_KEYS`. Default: it is missing. */
  otherKeys?: ReceiverKeys | undefined;
  receiver: ReceiverMode;
}

export const OTHER_KEYS = 'provider:v1/keys/other.json' as TargetReference;

/** What the orders of one moment determine; computed once, because each event of the outbox asks for it. */
function orderStateOf({ orders, unknown }: Public): OrderState {
  const leaving = freeze(signalItems(orders));
  const kept = unknown.length === 0 ? leaving : freeze([...leaving, ...signalItems(unknown)]);
  return { schedule: scheduleOf(orders.map(({ order }) => order)), leaving, kept };
}

/** One error for all requests: to create one takes longer than to answer. */
const NO_ANSWER = new LodestoneError('ERR_NETWORK', 'no answer');
const ANSWER_MS = 700;
const SILENCE_MS = 30_000;

export class SimulatedDevice {
  readonly #sent: Sent[] = [];
  readonly #batches: RequestedBatch[] = [];
  #orderState: { world: Public; state: OrderState } | undefined;
  #validKey: { world: Public; second: number; key: ReceiverKey | undefined } | undefined;
  pages: (SimulatedPage | undefined)[] = [];
  world: Public;
  account = '';
  isAccountServiceDown = false;
  accountServiceMs = 0;
  readonly time: VirtualTime;
  readonly lock: FakeLock = new FakeLock();
  readonly #seed: number;
  readonly #isPersistent: boolean;
  readonly #shared: Storage = memoryStorage();
  #opened = 0;

  constructor(time: VirtualTime, world: Public, { seed, isPersistent }: { seed: number; isPersistent: boolean }) {
    this.time = time;
    this.world = world;
    this.#seed = seed;
    this.#isPersistent = isPersistent;
  }

  get storage(): Storage {
    return this.#shared;
  }

  open(slot: number): void {
    if (this.pages[slot]) return;
    const storage = this.#isPersistent ? { ...this.#shared, kind: 'persistent' as const } : memoryStorage();
    this.pages[slot] = new SimulatedPage(
      this,
      storage,
      ++this.#opened,
      pseudoRandom(this.#seed + 7_919 * this.#opened),
    );
  }

  kill(slot: number): void {
    this.pages[slot]?.kill();
    this.pages[slot] = undefined;
  }

  change(change: Partial<Public>): void {
    this.world = { ...this.world, ...change };
    for (const page of this.pages) page?.outbox.wake();
  }

  take(match: Match): void {
    for (const page of this.pages) {
      if (!page || page.isFrozen) continue;
      void page.outbox.take([match]);
      return;
    }
  }

  get orderState(): OrderState {
    const { world } = this;
    if (this.#orderState?.world !== world) this.#orderState = { world, state: orderStateOf(world) };
    return this.#orderState.state;
  }

  /** Asked for at each step of the outbox. Instants have seconds, so a key is valid for whole seconds. */
  get validKey(): ReceiverKey | undefined {
    const { world } = this;
    const second = Math.floor(this.time.wall / 1_000);
    if (this.#validKey?.world !== world || this.#validKey.second !== second) {
      const orders = world.orders.map(({ order }) => order);
      this.#validKey = { world, second, key: validKey(orders, this.keysOf, this.time.wall) };
    }
    return this.#validKey.key;
  }

  readonly keysOf: KeysOf = (reference) => (reference === OTHER_KEYS ? this.world.otherKeys : this.world.keys);

  /** Requests of the account service. */
  get batches(): RequestedBatch[] {
    return [...this.#batches].sort((one, other) => one.at - other.at || one.page - other.page);
  }

  async requestBatch(page: number, month: string): Promise<Uint8Array> {
    this.#batches.push({ at: this.time.elapsed, page, month });
    if (this.accountServiceMs > 0) await this.time.wait(this.accountServiceMs);
    if (this.isAccountServiceDown) throw new Error('503');
    return subjectBatch(month);
  }

  /** All requests. The order of two pages' requests at the same moment is chance. */
  get sent(): Sent[] {
    return [...this.#sent].sort((one, other) => one.at - other.at || one.page - other.page);
  }

  get observed(): Observed[] {
    const { sent } = this;
    return sent.map(({ at, body, world }) => ({
      at,
      bytes: body.length / 2,
      first: sent.findIndex((other) => other.body === body),
      answer: world.receiver,
    }));
  }

  /** Answers as the receiver does now. */
  async answer(page: number, body: Uint8Array): Promise<{ status: number; body: Uint8Array<ArrayBuffer> }> {
    const { world } = this;
    this.#sent.push({ at: this.time.elapsed, page, body: Buffer.from(body).toString('hex'), world });
    await this.time.wait(world.receiver === 'silent' ? SILENCE_MS : ANSWER_MS);
    if (world.receiver === 'offline' || world.receiver === 'silent') throw NO_ANSWER;
    return { status: Number(world.receiver), body: new Uint8Array(0) };
  }
}

export class SimulatedPage {
  readonly outbox: Outbox;
  status: OutboxStatus = { armed: [] };
  /** Set to end the page, or to fail, when this many more writes of the slot have happened. */
  fault: { kind: 'dies' | 'fails'; after: number } | undefined;
  readonly #device: SimulatedDevice;
  readonly #stop = new AbortController();
  readonly #storage: Storage;
  #thaw: PromiseWithResolvers<void> | undefined;
  #dyingAfterWrite = false;

  constructor(device: SimulatedDevice, storage: Storage, number: number, random: () => number) {
    this.#device = device;
    this.#storage = storage;
    const { time } = device;
    this.outbox = startOutbox({
      storage: this.#guarded(storage),
      storageName: 'device',
      locks: device.lock.of(this),
      account: device.account || undefined,
      egress: async (request) => {
        if (this.#thaw) await this.#running();
        const answer = device.answer(number, request.method === 'POST' ? request.body : new Uint8Array(0));
        const result = await answer.catch((error: unknown) => ({ error }));
        if (this.#thaw) await this.#running();
        if ('error' in result) throw result.error;
        return result;
      },
      endpoint: new URL(ENDPOINT),
      orders: () => device.orderState,
      validKey: () => device.validKey,
      inForce: () => ({ models: [], ...device.world }),
      keysOf: device.keysOf,
      subjectIds: {
        fetchIds: device.account ? (month) => device.requestBatch(number, month) : undefined,
        endpoint: ENDPOINT,
        isRequired: () => device.world.orders.some(({ order }) => order.receiver?.subject === 'pseudonym'),
        random: pseudoRandom(number),
      },
      now: () => time.wall,
      random,
      onStatus: (status) => (this.status = status),
      onSent: () => undefined,
      stop: this.#stop.signal,
    });
  }

  get isFrozen(): boolean {
    return this.#thaw !== undefined;
  }

  freeze(): void {
    this.#thaw ??= Promise.withResolvers();
  }

  thaw(): void {
    this.#thaw?.resolve();
    this.#thaw = undefined;
  }

  /** Nothing that this page has begun goes on. */
  kill(): void {
    this.#thaw = Promise.withResolvers();
    this.#stop.abort();
    this.#device.lock.close(this);
  }

  async #running(): Promise<void> {
    while (this.#thaw) await this.#thaw.promise;
  }

  #guarded(storage: Storage): Storage {
    return {
      kind: storage.kind,
      close: () => undefined,
      transact: async (stores, work) => {
        if (this.#thaw) await this.#running();
        const isSlotWrite = stores.length > 1 && stores.some((store) => store === 'slot');
        if (isSlotWrite && this.fault && this.fault.after-- === 0) {
          const { kind } = this.fault;
          this.fault = undefined;
          if (kind === 'fails') throw new Error('storage fails');
          this.#dyingAfterWrite = true;
        }
        const result = await this.#storage.transact(stores, work);
        if (this.#dyingAfterWrite) this.#device.kill(this.#device.pages.indexOf(this));
        if (this.#thaw) await this.#running();
        return result;
      },
    };
  }
}

/** Keys with these ages in days: negative for a key that begins later. */
export function keysOf(now: number, ...endsInDays: number[]): ReceiverKeys {
  return {
    schema: 'lodestone/keys/v1',
    keys: endsInDays.map((days, i) => ({
      ...receiverKey(now),
      id: i + 1,
      notBefore: toInstant(now + (days - 90) * DAY_MS),
      notAfter: toInstant(now + days * DAY_MS),
    })),
  };
}

/** Mulberry32. */
function pseudoRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const digest = (n: number): AnyDigest => n.toString(16).padStart(64, '0') as AnyDigest;
