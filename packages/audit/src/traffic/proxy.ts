/**
 * The recording proxy around a browser: every request with its headers and body as the browser sent them, every WebSocket
 * message, every other connection. Promise: only this machine can use it; what it holds back does not leave. Its
 * certificates are made for the run, and trusted by the one browser alone.
 */
import { Server } from 'node:net';
import {
  type CompletedResponse,
  type Destination,
  generateCACertificate,
  generateSPKIFingerprint,
  getLocal,
  type Mockttp,
  type Request,
} from 'mockttp';
import type { Sent, SentRequest } from './record.ts';

export interface RecordingProxy {
  port: number;
  /** SHA-256 of the key of its authority, as Chromium takes it. */
  spki: string;
  /** Everything so far, in order. */
  sent: readonly Sent[];
  /** From now on only what `passes` says goes through. */
  close(passes: (url: string) => boolean): void;
  stop(): Promise<void>;
}

/** Answers up to here are kept: orders, manifests, the app's own documents. */
const KEPT_BYTES = 1_048_576;

/** @param isHeld requests that must not leave at all */
export async function startProxy(isHeld: (url: string) => boolean): Promise<RecordingProxy> {
  const https = await generateCACertificate({ subject: { commonName: 'Lodestone audit, for one run' } });
  const server = getLocal({ https, passthrough: ['unknown-protocol'], recordTraffic: false });
  await startHere(server);

  const sent: Sent[] = [];
  const requests = new Map<string, { record: SentRequest; chunks: Uint8Array[] }>();
  let passes: ((url: string) => boolean) | undefined;
  const held = (url: string): SentRequest['held'] => {
    if (passes && !passes(url)) return 'closed';
    return isHeld(url) ? 'browser' : undefined;
  };
  const begin = (request: Request): void => {
    const record: SentRequest = {
      kind: 'request',
      id: sent.length,
      at: request.timingEvents.startTime,
      method: request.method,
      url: request.url.replace(/^ws/, 'http'),
      headers: request.rawHeaders,
      body: new Uint8Array(0),
      status: 0,
      receivedBytes: 0,
      response: undefined,
      held: held(request.url.replace(/^ws/, 'http')),
    };
    sent.push(record);
    requests.set(request.id, { record, chunks: [] });
  };
  await server.on('request-initiated', begin);
  await server.on('websocket-request', begin);
  // Piece by piece, so that what was sent of a request that was cut off counts too.
  await server.on('request-body-data', ({ id, content }) => {
    const request = requests.get(id);
    if (!request || content.length === 0) return;
    request.chunks.push(content);
    request.record.body = Buffer.concat(request.chunks);
  });
  await server.on('response', (response) => void answered(requests.get(response.id)?.record, response));
  await server.on('websocket-message-received', ({ streamId, content }) => {
    const url = requests.get(streamId)?.record.url ?? '';
    sent.push({ kind: 'message', id: sent.length, at: Date.now(), url, body: content });
  });
  await server.on('raw-passthrough-opened', ({ id, destination, timingEvents }) => {
    streams.set(id, stream(destination, timingEvents.startTime, false));
  });
  await server.on('raw-passthrough-data', ({ id, direction, content }) => {
    const record = streams.get(id);
    if (record && direction === 'received') record.body = Buffer.concat([record.body, content]);
  });
  await server.on('tls-client-error', ({ destination, tlsMetadata: { sniHostname }, timingEvents, failureCause }) => {
    // A connection that was opened ahead and never used says whom, and nothing else.
    if (failureCause === 'closed' || failureCause === 'reset') return;
    stream(destination ?? { hostname: sniHostname ?? 'unknown', port: 443 }, timingEvents.startTime, true);
  });
  const streams = new Map<string, Extract<Sent, { kind: 'stream' }>>();
  const stream = ({ hostname, port }: Destination, at: number, opaque: boolean): Extract<Sent, { kind: 'stream' }> => {
    const record = {
      kind: 'stream' as const,
      id: sent.length,
      at,
      to: `${hostname}:${port}`,
      body: new Uint8Array(0),
      opaque,
    };
    sent.push(record);
    return record;
  };

  const isHeldNow = ({ url }: Request): boolean => held(url.replace(/^ws/, 'http')) !== undefined;
  await server.forAnyRequest().asPriority(1).matching(isHeldNow).thenCloseConnection();
  await server.forAnyWebSocket().asPriority(1).matching(isHeldNow).thenCloseConnection();
  await server.forUnmatchedRequest().thenPassThrough();
  await server.forAnyWebSocket().thenPassThrough();

  return {
    port: server.port,
    spki: await generateSPKIFingerprint(https.cert),
    sent,
    close: (rule) => void (passes = rule),
    stop: () => server.stop(),
  };
}

async function answered(record: SentRequest | undefined, response: CompletedResponse): Promise<void> {
  if (!record) return;
  record.status = response.statusCode;
  const body = await response.body.getDecodedBuffer().catch(() => undefined);
  record.receivedBytes = body?.length ?? 0;
  if (body && body.length <= KEPT_BYTES) record.response = body;
}

/** One start at a time, since each changes for its while how servers listen. */
let starting: Promise<void> = Promise.resolve();

function startHere(server: Mockttp): Promise<void> {
  starting = starting.catch(() => {}).then(() => startOnLoopback(server));
  return starting;
}

/** mockttp listens on every address of the machine and has no option for it; a proxy that strangers can use is none of ours. */
async function startOnLoopback(server: Mockttp): Promise<void> {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...given: unknown[]) {
    const [port] = given;
    return Reflect.apply(listen, this, typeof port === 'number' ? [port, '127.0.0.1'] : given) as Server;
  };
  try {
    await server.start(0);
  } finally {
    Server.prototype.listen = listen;
  }
}
