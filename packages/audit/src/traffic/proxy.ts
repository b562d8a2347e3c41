/**
 * The recording proxy: every request with headers and body as the browser sent them, every WebSocket message, every other
 * connection. Promise: only this machine can use it; what it blocks does not leave; its certificates exist for one run.
 * Flow: recorded browser → here → session.ts. Spec: docs/design/audit.md#capture
 */
import { Server, type Socket } from 'node:net';
import {
  type CompletedResponse,
  type Destination,
  generateCACertificate,
  generateSPKIFingerprint,
  getLocal,
  matchers,
  type Mockttp,
  type Request,
  requestSteps,
} from 'mockttp';
import type { TrafficRecord, SentRequest } from './record.ts';

export interface RecordingProxy {
  port: number;
  /** SHA-256 of its authority's key, in the form that Chromium accepts. */
  spki: string;
  /** Everything recorded so far, in order. */
  records: readonly TrafficRecord[];
  /** Ends the recording: from now on only requests for which `passes` returns true leave. */
  blockExcept(passes: (url: string) => boolean): void;
  stop(): Promise<void>;
}

/** Responses up to this size are kept: orders, manifests, the app's documents. */
const KEPT_BYTES = 1_048_576;

/** @param isBlocked whether a request must not leave */
export async function startProxy(isBlocked: (url: string) => boolean): Promise<RecordingProxy> {
  const https = await generateCACertificate({ subject: { commonName: 'Lodestone audit, for one run' } });
  const server = getLocal({ https, passthrough: ['unknown-protocol'], recordTraffic: false });
  await startInTurn(server);
  const ownConnections = new ConnectionsTo(server.port);
  Object.assign(server, { outgoingPassthroughSockets: ownConnections });

  const sent: TrafficRecord[] = [];
  const requests = new Map<string, { record: SentRequest; chunks: Uint8Array[] }>();
  let passes: ((url: string) => boolean) | undefined;
  const blockReason = (url: string): SentRequest['blocked'] => {
    if (passes && !passes(url)) return 'recording-ended';
    return isBlocked(url) ? 'browser-maker' : undefined;
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
      blocked: blockReason(request.url.replace(/^ws/, 'http')),
    };
    sent.push(record);
    requests.set(request.id, { record, chunks: [] });
  };
  await server.on('request-initiated', begin);
  await server.on('websocket-request', begin);
  // Chunk by chunk, so that an aborted request is recorded as far as it was sent.
  await server.on('request-body-data', ({ id, content }) => {
    const request = requests.get(id);
    if (!request || content.length === 0) return;
    request.chunks.push(content);
    request.record.body = Buffer.concat(request.chunks);
  });
  await server.on('response', (response) => void recordResponse(requests.get(response.id)?.record, response));
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
    // A connection that was opened in advance and never used carries no data.
    if (failureCause === 'closed' || failureCause === 'reset') return;
    stream(destination ?? { hostname: sniHostname ?? 'unknown', port: 443 }, timingEvents.startTime, true);
  });
  const streams = new Map<string, Extract<TrafficRecord, { kind: 'stream' }>>();
  const stream = (
    { hostname, port }: Destination,
    at: number,
    opaque: boolean,
  ): Extract<TrafficRecord, { kind: 'stream' }> => {
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

  const isBlockedNow = ({ url }: Request): boolean => blockReason(url.replace(/^ws/, 'http')) !== undefined;
  await server.forAnyRequest().asPriority(1).matching(isBlockedNow).thenCloseConnection();
  await server.forAnyWebSocket().asPriority(1).matching(isBlockedNow).thenCloseConnection();
  await server.addRequestRules({
    priority: 0,
    matchers: [new matchers.WildcardMatcher()],
    steps: [Object.assign(new requestSteps.PassThroughStep(), { outgoingSockets: ownConnections })],
  });
  await server.forAnyWebSocket().thenPassThrough();

  return {
    port: server.port,
    spki: await generateSPKIFingerprint(https.cert),
    records: sent,
    blockExcept: (rule) => void (passes = rule),
    stop: () => server.stop(),
  };
}

/**
 * mockttp keeps its outgoing connections in such sets, and refuses as a loop what comes from the same address and port as one of
 * them. But the browser's connection to this proxy and one of this proxy to a server may share a local port, as their far ends
 * differ. Only a connection to the proxy's own port can come back to it.
 */
class ConnectionsTo extends Set<Socket> {
  readonly #port: number;

  constructor(port: number) {
    super();
    this.#port = port;
  }

  /** mockttp searches the set by this, and asks `has` before it listens to a connection again. */
  override [Symbol.iterator](): SetIterator<Socket> {
    return new Set([...super.values()].filter(({ remotePort }) => remotePort === this.#port)).values();
  }
}

async function recordResponse(record: SentRequest | undefined, response: CompletedResponse): Promise<void> {
  if (!record) return;
  record.status = response.statusCode;
  const body = await response.body.getDecodedBuffer().catch(() => undefined);
  record.receivedBytes = body?.length ?? 0;
  if (body && body.length <= KEPT_BYTES) record.response = body;
}

/** Servers start one at a time, since each start replaces `Server.prototype.listen` temporarily. */
let starting: Promise<void> = Promise.resolve();

function startInTurn(server: Mockttp): Promise<void> {
  starting = starting.catch(() => {}).then(() => startOnLoopback(server));
  return starting;
}

/** mockttp listens on every address of the machine and has no option to change that. */
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
