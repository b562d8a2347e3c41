/**
 * The conversation of one device: what React shows, and the order of steps between group, store and relay. Flow: ui → here → relay.
 * Promise: a file leaves only after `release`, which the check of the outgoing file calls; one step at a time touches the keys.
 */
import type { Bytes } from '../crypto/bytes.ts';
import { openFile, sealFile } from '../crypto/attachment.ts';
import { found, Group, join, readMessage } from '../crypto/group.ts';
import type { Link } from '../crypto/link.ts';
import { RelayConnection } from '../relay/connection.ts';
import type { DeviceStore, Membership } from './device-store.ts';
import { attached, contentOf, FILE_BYTES, type Message, parseContent, type Stage } from './message.ts';

export interface View {
  readonly joined: boolean;
  readonly online: boolean;
  readonly members: readonly string[];
  /** Thirty digits that members compare. */
  readonly code: string;
  readonly messages: readonly Message[];
}

export interface ConversationOptions {
  /** The member's name. */
  name: string;
  link: Link;
  /** Origin of the relay. */
  relay: string;
  store: DeviceStore;
  /** This device made the link, so it founds the group. */
  founder: boolean;
}

type GroupInfo = Parameters<typeof join>[0];

export class Conversation {
  readonly #options: ConversationOptions;
  readonly #relay: RelayConnection;
  readonly #messages: Map<string, Message>;
  readonly #listeners = new Set<() => void>();
  #membership: Membership;
  #group: Group | undefined;
  /** From the newest join that this device has seen before its own. */
  #info: GroupInfo | undefined;
  #online = false;
  /** Frames that were sent over the connection of now. */
  readonly #sent = new Set<string>();
  #view: View;
  #last: Promise<void> = Promise.resolve();

  private constructor(options: ConversationOptions, membership: Membership, messages: readonly Message[]) {
    this.#options = options;
    this.#membership = membership;
    this.#messages = new Map(messages.map((message) => [message.id, message]));
    if (membership.group) this.#group = new Group(membership.group);
    this.#view = this.#look();
    this.#relay = new RelayConnection(options.relay, options.link.room, {
      after: () => this.#membership.after,
      frame: (sequence, bytes) => this.#next(() => this.#read(sequence, bytes)),
      connection: (state) => this.#next(() => this.#connected(state === 'live')),
    });
  }

  static async open(options: ConversationOptions): Promise<Conversation> {
    const { store, link, founder, name } = options;
    const membership = (await store.membership()) ?? { link: link.secret, after: 0 };
    if (!membership.group) membership.after = 0; // joins are judged from the first frame on
    if (founder && !membership.group && !membership.pending) {
      const { state, message, base } = await found(name);
      const { id, bytes } = await link.wrap(message);
      membership.pending = { frame: id, bytes, base: String(base), group: state };
      await store.keep(membership);
    }
    return new Conversation(options, membership, await store.messages());
  }

  subscribe = (changed: () => void): (() => void) => {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  };
  get view(): View {
    return this.#view;
  }

  sendText(text: string): void {
    this.#add({ ...this.#draft(text), stage: 'queued' });
  }
  /** The file waits for its check, and leaves with `release`. */
  sendFile(file: File): void {
    const message: Message = { ...this.#draft(''), stage: 'unchecked', file: attached(file) };
    if (file.size <= FILE_BYTES) return this.#add(message);
    this.#messages.set(message.id, { ...message, stage: 'too-large' });
    this.#changed();
  }
  /** The check allows the file, or the person answered yes to its warning. */
  release(id: string): void {
    const message = this.#messages.get(id);
    if (message?.stage === 'unchecked') this.#add({ ...message, stage: 'queued' });
  }
  /** The person wants to see a received file in spite of a warning. */
  accept(id: string): void {
    const message = this.#messages.get(id);
    if (message) this.#next(() => this.#keep({ ...message, accepted: true }));
  }
  /** The person takes back a file that has not left. */
  remove(id: string): void {
    this.#messages.delete(id);
    this.#changed();
    this.#next(() => this.#options.store.remove(id));
  }

  close(): void {
    this.#relay.close();
    this.#next(async () => this.#options.store.close());
  }

  /** Steps run one after the other. A step that fails, for want of a connection, is tried again with the next one. */
  #next(step: () => Promise<void>): void {
    this.#last = this.#last.then(step).catch((error: unknown) => console.warn(error));
  }

  #draft(text: string): Omit<Message, 'stage'> {
    const { name } = this.#options;
    return {
      id: crypto.randomUUID(),
      order: this.#order(),
      mine: true,
      from: name,
      at: new Date().toISOString(),
      text,
    };
  }
  /** Grows, also if the clock is set back. */
  #order(): number {
    return Math.max(Date.now(), (this.#view.messages.at(-1)?.order ?? 0) + 1);
  }

  /** Shown immediately; kept and sent in their turn. */
  #add(message: Message): void {
    this.#messages.set(message.id, message);
    this.#changed();
    this.#next(() => this.#options.store.keep(this.#membership, message));
    this.#next(() => this.#flush());
  }

  async #keep(...messages: readonly Message[]): Promise<void> {
    for (const message of messages) this.#messages.set(message.id, message);
    await this.#options.store.keep(this.#membership, ...messages);
    this.#changed();
  }

  async #connected(online: boolean): Promise<void> {
    this.#online = online;
    this.#sent.clear();
    this.#changed();
    if (!online) return;
    await this.#joinGroup();
    await this.#flush();
    for (const message of this.#messages.values()) if (message.stage === 'fetching') void this.#fetch(message);
  }

  async #joinGroup(): Promise<void> {
    if (this.#group) return;
    if (!this.#membership.pending) {
      if (!this.#info) return;
      const { state, message, base } = await join(this.#info, this.#options.name);
      const { id, bytes } = await this.#options.link.wrap(message);
      this.#membership.pending = { frame: id, bytes, base: String(base), group: state };
      await this.#keep();
    }
    const { pending } = this.#membership;
    if (pending) this.#send(pending.frame, pending.bytes);
  }

  #send(id: string, bytes: Bytes): void {
    if (!this.#sent.has(id)) this.#relay.send(bytes);
    this.#sent.add(id);
  }

  /** Sends what waits, in order. What was encrypted before is sent as it was, and the relay knows it by its id. */
  async #flush(): Promise<void> {
    if (!this.#online || !this.#group) return;
    for (const waiting of this.#view.messages.filter(({ stage }) => stage === 'queued')) {
      const message = waiting.frame ? waiting : await this.#encrypt(waiting, this.#group);
      if (message.frame) this.#send(message.frame.id, message.frame.bytes);
    }
  }

  async #encrypt(message: Message, group: Group): Promise<Message> {
    const { file } = message;
    let sealed = message;
    if (file?.blob) {
      const { id: attachment, key, bytes } = await sealFile(file.blob);
      await this.#relay.upload(attachment, bytes);
      sealed = { ...message, file: { ...file, sealed: { attachment, key } } };
    }
    const frame = await this.#options.link.wrap(await group.encrypt(contentOf(sealed)));
    this.#membership.group = group.stored;
    const encrypted = { ...sealed, frame };
    await this.#keep(encrypted);
    return encrypted;
  }

  /** One frame in the relay's order. Frames that are not for this group or this time are skipped. */
  async #read(sequence: number, frame: Bytes): Promise<void> {
    if (sequence <= this.#membership.after) return;
    this.#membership.after = sequence;
    const opened = await this.#options.link.unwrap(frame);
    if (!opened) return this.#keep();
    const mine = [...this.#messages.values()].find((message) => message.frame?.id === opened.id);
    if (mine) return this.#keep(without(mine, 'sent'));
    const read = readMessage(opened.message);
    if (!read) return this.#keep();
    if (read.kind === 'join' && !this.#group) return this.#readJoin(opened.id, read.info);
    const message = read.kind === 'join' ? read.commit : read.message;
    if (!message || !this.#group) return this.#keep();
    const before = this.#group.members;
    const content = await this.#group.read(message).catch(() => undefined);
    this.#membership.group = this.#group.stored;
    const joined = this.#group.members.slice(before.length);
    await (joined.length > 0
      ? this.#keep(...joined.map((name) => this.#joined(name, sequence)))
      : this.#receive(content, sequence));
  }

  #joined(from: string, sequence: number): Message {
    const at = new Date().toISOString();
    return { id: `${sequence}`, order: this.#order(), mine: false, from, at, text: '', stage: 'here', event: 'joined' };
  }

  /** Before this device is a member: the relay's order decides who joins first. */
  async #readJoin(frame: string, info: GroupInfo): Promise<void> {
    const { pending } = this.#membership;
    const { epoch } = info.groupContext;
    const newest = this.#info?.groupContext.epoch ?? -1n;
    if (epoch !== newest + 1n) return this.#keep(); // came too late: another join took this epoch
    this.#info = info;
    if (!pending || BigInt(pending.base) !== newest) return this.#keep();
    delete this.#membership.pending;
    if (pending.frame === frame) {
      this.#group = new Group(pending.group);
      this.#membership.group = pending.group;
    }
    await this.#keep();
    if (this.#online) await (this.#group ? this.#flush() : this.#joinGroup());
  }

  async #receive(bytes: Bytes | undefined, sequence: number): Promise<void> {
    const content = bytes && parseContent(bytes);
    if (!content) return this.#keep();
    const { from, at, text, file } = content;
    const message: Message = { id: `${sequence}`, order: this.#order(), mine: false, from, at, text, stage: 'here' };
    if (file) {
      const { name, type, size, attachment, key } = file;
      message.stage = 'fetching';
      message.file = { name, type, size, sealed: { attachment, key } };
    }
    await this.#keep(message);
    if (file) void this.#fetch(message);
  }

  /** Not one of the steps, because a large file takes long. A failed download is tried again at the next connection. */
  async #fetch(message: Message): Promise<void> {
    const { file } = message;
    if (!file?.sealed) return;
    const bytes = await this.#relay.download(file.sealed.attachment).catch(() => undefined);
    if (!bytes) return;
    const blob = await openFile(bytes, file.sealed.key, file.type).catch(() => undefined);
    const arrived: Message = blob
      ? { ...message, stage: 'here', file: { ...file, blob } }
      : { ...message, stage: 'damaged' };
    this.#next(() => this.#keep(arrived));
  }

  #changed(): void {
    this.#view = this.#look();
    for (const changed of this.#listeners) changed();
  }
  #look(): View {
    return {
      joined: this.#group !== undefined,
      online: this.#online,
      members: this.#group?.members ?? [],
      code: this.#group?.code ?? '',
      messages: [...this.#messages.values()].sort((a, b) => a.order - b.order),
    };
  }
}

function without({ frame: _, ...message }: Message, stage: Stage): Message {
  return { ...message, stage };
}
