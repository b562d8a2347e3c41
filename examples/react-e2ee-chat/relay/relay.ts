/**
 * The relay: keeps the frames of each room in order and passes them on, and keeps encrypted attachments. Flow: members → here → members.
 * Promise: it has no key. Each frame is 16 bytes of random id and a ciphertext; a room's name says nothing about the room.
 */
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, upgradeWebSocket, type WebSocketServerLike } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import type { WSContext } from 'hono/ws';
import { WebSocketServer } from 'ws';

/** What someone who watches the relay sees of one message. */
export interface Traffic {
  direction: 'in' | 'out';
  kind: 'frame' | 'attachment';
  bytes: number;
}

export interface RelayOptions {
  /** 0 takes any free port. */
  port: number;
  /** Called for each message that passes. */
  onTraffic?: (traffic: Traffic) => void;
}

export interface Relay {
  /** `http://localhost:PORT` */
  origin: string;
  /** Everything that the relay keeps, for tests. */
  stored(): Uint8Array<ArrayBuffer>[];
  close(): Promise<void>;
}

interface Room {
  frames: Uint8Array<ArrayBuffer>[];
  ids: Set<string>;
  attachments: Map<string, Uint8Array<ArrayBuffer>>;
  members: Set<WSContext>;
}

const HOST = '127.0.0.1';
const ID_BYTES = 16;
const SEQUENCE_BYTES = 4;
const FRAME_BYTES = 65_536;
/** An attachment of 32 MiB, and what encryption adds. */
const ATTACHMENT_BYTES = 33_554_432 + 64;
const ROOM = '/rooms/:room{[0-9a-f]{32}}';

export async function startRelay({ port, onTraffic = () => undefined }: RelayOptions): Promise<Relay> {
  const rooms = new Map<string, Room>();
  const roomOf = (name: string): Room => {
    const room = rooms.get(name) ?? { frames: [], ids: new Set(), attachments: new Map(), members: new Set() };
    rooms.set(name, room);
    return room;
  };
  const pass = (member: WSContext, room: Room, sequence: number): void => {
    const frame = room.frames[sequence] ?? new Uint8Array();
    const message = new Uint8Array(SEQUENCE_BYTES + frame.length);
    new DataView(message.buffer).setUint32(0, sequence + 1);
    message.set(frame, SEQUENCE_BYTES);
    onTraffic({ direction: 'out', kind: 'frame', bytes: message.length });
    member.send(message);
  };
  /** A frame that a member sends again, because it does not know whether the first one arrived, is kept once. */
  const take = (room: Room, frame: Uint8Array<ArrayBuffer>): void => {
    onTraffic({ direction: 'in', kind: 'frame', bytes: frame.length });
    const id = Buffer.from(frame.subarray(0, ID_BYTES)).toString('hex');
    if (frame.length <= ID_BYTES || room.ids.has(id)) return;
    room.ids.add(id);
    room.frames.push(frame);
    for (const member of room.members) pass(member, room, room.frames.length - 1);
  };

  const app = new Hono();
  app.use(cors({ origin: '*' }));
  app.get(
    ROOM,
    upgradeWebSocket((context) => {
      const room = roomOf(context.req.param('room') ?? '');
      const after = Math.max(0, Number(context.req.query('after')) || 0);
      return {
        onOpen(_event, member) {
          for (let sequence = after; sequence < room.frames.length; sequence++) pass(member, room, sequence);
          member.send('live'); // everything that was kept has been passed on
          room.members.add(member);
        },
        onMessage({ data }) {
          if (data instanceof ArrayBuffer) take(room, new Uint8Array(data));
        },
        onClose: (_event, member) => void room.members.delete(member),
      };
    }),
  );
  app.put(`${ROOM}/:attachment{[0-9a-f]{32}}`, bodyLimit({ maxSize: ATTACHMENT_BYTES }), async ({ req, body }) => {
    const { attachments } = roomOf(req.param('room'));
    const bytes = new Uint8Array(await req.arrayBuffer());
    onTraffic({ direction: 'in', kind: 'attachment', bytes: bytes.length });
    if (!attachments.has(req.param('attachment'))) attachments.set(req.param('attachment'), bytes);
    return body(null, 204);
  });
  app.get(`${ROOM}/:attachment{[0-9a-f]{32}}`, ({ req, body, notFound }) => {
    const bytes = rooms.get(req.param('room'))?.attachments.get(req.param('attachment'));
    if (!bytes) return notFound();
    onTraffic({ direction: 'out', kind: 'attachment', bytes: bytes.length });
    return body(bytes, 200, { 'Content-Type': 'application/octet-stream' });
  });

  const sockets = new WebSocketServer({ noServer: true, maxPayload: FRAME_BYTES });
  // The types of ws and of the adapter differ in `undefined` only.
  const websocket = { server: sockets as WebSocketServerLike };
  const server = createAdaptorServer({ fetch: app.fetch, websocket });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    stored: () => [...rooms.values()].flatMap(({ frames, attachments }) => [...frames, ...attachments.values()]),
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      const closed = new Promise((resolve) => server.close(resolve));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
