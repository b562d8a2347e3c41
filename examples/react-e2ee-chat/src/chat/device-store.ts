/** What a device keeps between visits, in IndexedDB: the group's keys, the messages, and what waits to be sent. */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { Message } from './message.ts';

/** The member's own part of the group. */
export interface Membership {
  /** Secret of the link. */
  link: Uint8Array<ArrayBuffer>;
  /** Frames of the relay up to this one were read. */
  after: number;
  /** The group; missing until this device has joined. */
  group?: Uint8Array<ArrayBuffer>;
  /** A join that the relay has not put in order yet. */
  pending?: { frame: string; bytes: Uint8Array<ArrayBuffer>; base: string; group: Uint8Array<ArrayBuffer> };
}

interface Schema extends DBSchema {
  membership: { key: 'mine'; value: Membership };
  messages: { key: string; value: Message };
}

export class DeviceStore {
  readonly #database: IDBPDatabase<Schema>;

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  static async open(name: string): Promise<DeviceStore> {
    const database = await openDB<Schema>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore('membership');
        fresh.createObjectStore('messages', { keyPath: 'id' });
      },
    });
    return new DeviceStore(database);
  }

  membership(): Promise<Membership | undefined> {
    return this.#database.get('membership', 'mine');
  }
  async messages(): Promise<Message[]> {
    const all = await this.#database.getAll('messages');
    return all.sort((a, b) => a.order - b.order);
  }

  /** In one transaction: a key that was used and the message that it encrypted are both kept, or neither. */
  async keep(membership: Membership, ...messages: readonly Message[]): Promise<void> {
    const transaction = this.#database.transaction(['membership', 'messages'], 'readwrite', { durability: 'strict' });
    await Promise.all([
      transaction.objectStore('membership').put(membership, 'mine'),
      ...messages.map((message) => transaction.objectStore('messages').put(message)),
      transaction.done,
    ]);
  }
  async remove(id: string): Promise<void> {
    await this.#database.delete('messages', id);
  }
  close(): void {
    this.#database.close();
  }
}
