/**
 * How the two devices of this page reach each other: AES-GCM over a MessagePort, with a key that only they hold.
 * It stands for the chat's own end-to-end encryption, which Lodestone leaves as it is. Nothing of it uses the network.
 */

export type Packet = { kind: 'text'; text: string } | { kind: 'file'; name: string; type: string; bytes: ArrayBuffer };

export interface WireEnd {
  send(packet: Packet): Promise<void>;
  /** Called for each packet that the other side sent, in order. */
  listen(receive: (packet: Packet) => void): void;
}

const NONCE_BYTES = 12; // NIST SP 800-38D §8.2

export async function connect(): Promise<[WireEnd, WireEnd]> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const { port1, port2 } = new MessageChannel();
  return [wireEnd(port1, key), wireEnd(port2, key)];
}

function wireEnd(port: MessagePort, key: CryptoKey): WireEnd {
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
  // The key is shared with the other half of this same program, so its packets have this shape.
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, headEnd))) as Packet;
  return head.kind === 'file' ? { ...head, bytes: bytes.slice(headEnd).buffer } : head;
}
