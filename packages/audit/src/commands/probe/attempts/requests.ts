/** Requests by the APIs of the network. Flow: here → attempts.ts. Spec: docs/design/audit.md#probe */
import { type Attempt, attemptGroup } from './attempt.ts';

const { reach } = attemptGroup('Requests');

export const requests: readonly Attempt[] = [
  reach('both', 'fetch', 'return fetch(at.http)'),
  reach('both', 'fetch, no-cors POST', "return fetch(at.http, { method: 'POST', mode: 'no-cors', body: 'x' })"),
  reach(
    'both',
    'fetch, keepalive',
    "return fetch(at.http, { method: 'POST', mode: 'no-cors', keepalive: true, body: 'x' })",
  ),
  reach('both', 'fetch by name', 'return fetch(at.named)'),
  reach(
    'both',
    'fetch, streamed body',
    "return fetch(at.http, { method: 'POST', duplex: 'half', body: new Blob(['x']).stream() })",
  ),
  reach('window', 'fetchLater', 'fetchLater(at.http, { activateAfter: 0 }); return noResult()'),
  reach(
    'both',
    'XMLHttpRequest',
    "const x = new XMLHttpRequest(); x.open('GET', at.http); x.send(); return eventOf(x, 'load')",
  ),
  reach(
    'both',
    'XMLHttpRequest, synchronous',
    "const x = new XMLHttpRequest(); x.open('GET', at.http, false); x.send(); return x.status",
  ),
  reach('both', 'sendBeacon', "navigator.sendBeacon.call(navigator, at.http, 'x'); return noResult()"),
  reach('both', 'EventSource', "return eventOf(new EventSource(at.http), 'open')"),
  reach('both', 'WebSocket', "return eventOf(new WebSocket(at.ws), 'open')"),
  reach('both', 'WebSocketStream', 'return new WebSocketStream(at.ws).opened'),
  reach('both', 'WebTransport', 'return new WebTransport(at.https).ready'),
  reach(
    'window',
    'violation report',
    "append('meta', { 'http-equiv': 'Content-Security-Policy', content: \"img-src 'none'; report-uri \" + at.http }); append('img', { src: 'data:,x' }); return noResult()",
  ),
  reach(
    'window',
    'FedCM',
    "return navigator.credentials.get({ identity: { providers: [{ configURL: at.http + '/c.json', clientId: 'x' }] } })",
  ),
];
