/**
 * Connects the two devices of this page: AES-GCM over a MessagePort, without the network. It represents the chat's own
 * end-to-end encryption, which Lodestone does not change.
 */

export type Packet = { kind: 'text'; text: string } | { kind: 'file'; name: string; type: string; bytes: ArrayBuffer };

export interface ChannelEnd {
  send(packet: Packet): Promise<void>;
  /** `receive` is called for each packet of the other side, in order. */
  listen(receive: (packet: Packet) => void): void;
}

const NONCE_BYTES = 12; // NIST SP 800-38D §8.2

export async function connect(): Promise<[ChannelEnd, ChannelEnd]> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const { port1, port2 } = new MessageChannel();
  return [channelEnd(port1, key), channelEnd(port2, key)];
}

function channelEnd(port: MessagePort, key: CryptoKey): ChannelEnd {
  return {
    async send(packet) {
      const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, print(packet));
      port.postMessage({ iv, sealed }, [sealed]);
    },
    listen(receive) {
      let last = Promise.resolve();
      port.onmessage = ({ data }: MessageEvent<{ iv: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer }>) => {
        const opened = crypto.subtle.decrypt({ name: 'AES-GCM', iv: data.iv }, key, data.sealed);
        last = last.then(async () => receive(parse(new Uint8Array(await opened))));
      };
    },
  };
}

/** u32 length of the head, the head as JSON, the file's bytes. */
function print(packet: Packet): Uint8Array<ArrayBuffer> {
  const body = packet.kind === 'file' ? new Uint8Array(packet.bytes) : new Uint8Array();
  const head = new TextEncoder().encode(
    JSON.stringify(packet.kind === 'file' ? { ...packet, bytes: undefined } : packet),
  );
  const bytes = new Uint8Array(4 + head.length + body.length);
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, 4);
  bytes.set(body, 4 + head.length);
  return bytes;
}

function parse(bytes: Uint8Array<ArrayBuffer>): Packet {
  const headEnd = 4 + new DataView(bytes.buffer).getUint32(0);
  // Only the other half of this program has the key, so its packets have this shape.
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, headEnd))) as Packet;
  return head.kind === 'file' ? { ...head, bytes: bytes.slice(headEnd).buffer } : head;
}
