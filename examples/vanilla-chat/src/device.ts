/**
 * One person's device: the messages, and the two calls of `guard.check`. A file is checked on `send` before any byte of it
 * leaves, and on `receive` before it is shown. The action of the check is applied here.
 */
import type { Check, Guard } from '@lodestone/client';
import type { Packet, ChannelEnd } from './encrypted-channel.ts';

export interface Person {
  id: string;
  name: string;
}

export type Content = { kind: 'text'; text: string } | { kind: 'file'; file: File; url: string };

export type Standing =
  | { is: 'checking'; percent: number }
  | { is: 'asking'; check: Check } // the order says warn: the person decides
  | { is: 'stopped'; check: Check } // the order says block
  | { is: 'through' }; // sent, or shown

export interface Message {
  readonly id: string;
  readonly mine: boolean;
  readonly time: Date;
  readonly content: Content;
  readonly standing: Standing;
}

/** One check, as the inspector shows it. */
export interface CheckRecord {
  readonly id: string;
  readonly device: Person;
  readonly surface: 'send' | 'receive';
  readonly file: File;
  readonly check?: Check;
  readonly milliseconds?: number;
  readonly cancelled?: true;
}

export interface DeviceListener {
  messageChanged(message: Message): void;
  messageRemoved(id: string): void;
  checkChanged(record: CheckRecord): void;
}

export class Device {
  readonly person: Person;
  readonly other: Person;
  readonly guard: Guard;
  readonly #channel: ChannelEnd;
  readonly #listeners = new Set<DeviceListener>();
  readonly #messages = new Map<string, Message>();
  readonly #cancels = new Map<string, AbortController>();

  constructor(person: Person, other: Person, guard: Guard, channel: ChannelEnd) {
    this.person = person;
    this.other = other;
    this.guard = guard;
    this.#channel = channel;
    channel.listen((packet) => void this.#receive(packet));
  }

  /** Signs out: ends all checks. What arrives from now on is for nobody. */
  close(): void {
    this.#channel.listen(() => undefined);
    for (const cancel of this.#cancels.values()) cancel.abort();
    this.guard.dispose();
  }

  listen(listener: DeviceListener): void {
    this.#listeners.add(listener);
  }

  async sendText(text: string): Promise<void> {
    this.#put({ ...newMessage(true, { kind: 'text', text }), standing: { is: 'through' } });
    await this.#channel.send({ kind: 'text', text });
  }

  async sendFile(file: File): Promise<void> {
    const message = newMessage(true, { kind: 'file', file, url: URL.createObjectURL(file) });
    this.#put(message);
    const check = await this.#check(message.id, 'send', file);
    if (check) await this.#apply(message, check);
  }

  /** The person confirms a warning. */
  async goOn(id: string): Promise<void> {
    const message = this.#messages.get(id);
    if (message?.standing.is === 'asking') await this.#passOn(message);
  }

  /** The person cancels a check, declines a warning, or clears a blocked message. */
  remove(id: string): void {
    this.#cancels.get(id)?.abort();
    const message = this.#messages.get(id);
    if (!this.#messages.delete(id)) return;
    if (message?.content.kind === 'file' && message.standing.is === 'checking')
      URL.revokeObjectURL(message.content.url);
    for (const listener of this.#listeners) listener.messageRemoved(id);
  }

  async #receive(packet: Packet): Promise<void> {
    if (packet.kind === 'text') {
      this.#put({ ...newMessage(false, { kind: 'text', text: packet.text }), standing: { is: 'through' } });
      return;
    }
    const file = new File([packet.bytes], packet.name, { type: packet.type });
    const message = newMessage(false, { kind: 'file', file, url: URL.createObjectURL(file) });
    this.#put(message);
    const check = await this.#check(message.id, 'receive', file);
    if (check) await this.#apply(message, check);
  }

  async #check(id: string, surface: 'send' | 'receive', file: File): Promise<Check | undefined> {
    const cancel = new AbortController();
    this.#cancels.set(id, cancel);
    const record: CheckRecord = { id, device: this.person, surface, file };
    this.#record(record);
    const start = performance.now();
    try {
      const check = await this.guard.check(file, {
        surface,
        signal: cancel.signal,
        onProgress: (percent) => this.#setStanding(id, { is: 'checking', percent }),
      });
      this.#record({ ...record, check, milliseconds: performance.now() - start });
      return check;
    } catch (error) {
      if (!cancel.signal.aborted) throw error;
      this.#record({ ...record, cancelled: true });
      return undefined;
    } finally {
      this.#cancels.delete(id);
    }
  }

  async #apply(message: Message, check: Check): Promise<void> {
    switch (check.action) {
      case 'allow':
        return this.#passOn(message);
      case 'warn':
        return this.#setStanding(message.id, { is: 'asking', check });
      case 'block':
        return this.#setStanding(message.id, { is: 'stopped', check });
      default:
        // An unknown action must neither send nor show the file.
        this.#setStanding(message.id, { is: 'stopped', check });
        throw new Error(`unknown action: ${JSON.stringify(check.action satisfies never)}`);
    }
  }

  async #passOn({ id, mine, content }: Message): Promise<void> {
    this.#setStanding(id, { is: 'through' });
    if (!mine || content.kind !== 'file') return;
    const { name, type } = content.file;
    await this.#channel.send({ kind: 'file', name, type, bytes: await content.file.arrayBuffer() });
  }

  #setStanding(id: string, standing: Standing): void {
    const message = this.#messages.get(id);
    if (message) this.#put({ ...message, standing });
  }

  #put(message: Message): void {
    this.#messages.set(message.id, message);
    for (const listener of this.#listeners) listener.messageChanged(message);
  }

  #record(record: CheckRecord): void {
    for (const listener of this.#listeners) listener.checkChanged(record);
  }
}

function newMessage(mine: boolean, content: Content): Message {
  return { id: crypto.randomUUID(), mine, time: new Date(), content, standing: { is: 'checking', percent: 0 } };
}
