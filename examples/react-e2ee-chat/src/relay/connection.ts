/** The way to the relay: a WebSocket that comes back after an interruption, and requests for attachments. Carries ciphertext only. */
import type { Bytes } from '../crypto/bytes.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const SEQUENCE_BYTES = 4;

export interface Receiver {
  /** The last frame that was read. */
  after(): number;
  frame(sequence: number, bytes: Bytes): void;
  /** `live`: everything that the relay had kept was passed on. */
  connection(state: 'live' | 'offline'): void;
}

export class RelayConnection {
  readonly #room: string;
  readonly #receiver: Receiver;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waitMs = FIRST_WAIT_MS;
  readonly #ended = new AbortController();

  /** @param origin of the relay */
  constructor(origin: string, room: string, receiver: Receiver) {
    this.#room = `${origin}/rooms/${room}`;
    this.#receiver = receiver;
    const { signal } = this.#ended;
    // The browser keeps a socket of a network that is gone open for a while.
    addEventListener('offline', () => this.#socket?.close(), { signal });
    addEventListener('online', () => this.#open(), { signal });
    this.#open();
  }

  /** Does nothing while offline: the queue sends again. */
  send(frame: Bytes): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  async upload(attachment: string, bytes: Bytes): Promise<void> {
    const response = await fetch(`${this.#room}/${attachment}`, { method: 'PUT', body: bytes });
    if (!response.ok) throw new Error(`the relay did not take the attachment: ${response.status}`);
  }
  async download(attachment: string): Promise<Bytes> {
    const response = await fetch(`${this.#room}/${attachment}`);
    if (!response.ok) throw new Error(`the relay does not have the attachment: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  close(): void {
    this.#ended.abort();
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open(): void {
    clearTimeout(this.#timer);
    if (this.#socket || !navigator.onLine || this.#ended.signal.aborted) return;
    const socket = new WebSocket(`${this.#room.replace('http', 'ws')}?after=${this.#receiver.after()}`);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) => {
      if (typeof data === 'string') {
        this.#waitMs = FIRST_WAIT_MS;
        this.#receiver.connection('live');
      } else {
        this.#receiver.frame(new DataView(data).getUint32(0), new Uint8Array(data, SEQUENCE_BYTES).slice());
      }
    };
    socket.onclose = () => {
      this.#socket = undefined;
      this.#receiver.connection('offline');
      if (this.#ended.signal.aborted) return;
      this.#timer = setTimeout(() => this.#open(), this.#waitMs);
      this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
    };
  }
}
