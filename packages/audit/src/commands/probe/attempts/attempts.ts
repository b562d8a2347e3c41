/**
 * Every known way by which code in the sandbox could reach a server, a store or the host. Each is the body of an async function,
 * as text, since the sandbox's policy lets nothing be made of texts in there, and so that a reader sees exactly what was tried.
 * `at` names a server that listens for this attempt alone; `opened` waits for an event, `added` puts an element into the page.
 */
export type Place = 'window' | 'worker';

export interface Attempt {
  id: string;
  title: string;
  group:
    | 'Requests'
    | 'Code'
    | 'Elements'
    | 'Hints'
    | 'Navigation'
    | 'Peers'
    | 'Storage'
    | 'The host’s page'
    | 'Side doors of time'
    | 'The device';
  where: Place | 'both';
  /** `reach`: what counts is whether bytes arrive. `keep`: whether it succeeds, since nothing is sent. */
  kind: 'reach' | 'keep';
  run: string;
  /** It may take its frame away, or the whole page: so it is tried in one of its own. */
  alone?: 'frame' | 'page';
  /** Only once the sandbox has started: it would keep it from starting. */
  booted?: true;
  /** No control run: where it succeeds it waits for a person, or there is nothing to compare with. */
  uncontrolled?: true;
}

const reach = (group: Attempt['group'], where: Attempt['where'], title: string, run: string): Attempt => ({
  id: idOf(title),
  title,
  group,
  where,
  kind: 'reach',
  run,
});
const keep = (group: Attempt['group'], where: Attempt['where'], title: string, run: string): Attempt => ({
  ...reach(group, where, title, run),
  kind: 'keep',
});
const alone = (title: string, run: string, what: Attempt['alone'] & string = 'frame'): Attempt => ({
  ...reach('Navigation', 'window', title, run),
  alone: what,
});

/** As it stands in addresses and names. */
function idOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

export const ATTEMPTS: readonly Attempt[] = [
  reach('Requests', 'both', 'fetch', 'return fetch(at.http)'),
  reach(
    'Requests',
    'both',
    'fetch, no-cors POST',
    "return fetch(at.http, { method: 'POST', mode: 'no-cors', body: 'x' })",
  ),
  reach(
    'Requests',
    'both',
    'fetch, keepalive',
    "return fetch(at.http, { method: 'POST', mode: 'no-cors', keepalive: true, body: 'x' })",
  ),
  reach('Requests', 'both', 'fetch by name', 'return fetch(at.named)'),
  reach(
    'Requests',
    'both',
    'fetch, streamed body',
    "return fetch(at.http, { method: 'POST', duplex: 'half', body: new Blob(['x']).stream() })",
  ),
  reach('Requests', 'window', 'fetchLater', 'fetchLater(at.http, { activateAfter: 0 }); return silence()'),
  reach(
    'Requests',
    'both',
    'XMLHttpRequest',
    "const x = new XMLHttpRequest(); x.open('GET', at.http); x.send(); return opened(x, 'load')",
  ),
  reach(
    'Requests',
    'both',
    'XMLHttpRequest, synchronous',
    "const x = new XMLHttpRequest(); x.open('GET', at.http, false); x.send(); return x.status",
  ),
  reach('Requests', 'both', 'sendBeacon', "navigator.sendBeacon.call(navigator, at.http, 'x'); return silence()"),
  reach('Requests', 'both', 'EventSource', "return opened(new EventSource(at.http), 'open')"),
  reach('Requests', 'both', 'WebSocket', "return opened(new WebSocket(at.ws), 'open')"),
  reach('Requests', 'both', 'WebSocketStream', 'return new WebSocketStream(at.ws).opened'),
  reach('Requests', 'both', 'WebTransport', 'return new WebTransport(at.https).ready'),
  reach(
    'Requests',
    'window',
    'Report of a violation',
    "added('meta', { 'http-equiv': 'Content-Security-Policy', content: \"img-src 'none'; report-uri \" + at.http }); added('img', { src: 'data:,x' }); return silence()",
  ),
  reach(
    'Requests',
    'window',
    'FedCM',
    "return navigator.credentials.get({ identity: { providers: [{ configURL: at.http + '/c.json', clientId: 'x' }] } })",
  ),

  reach('Code', 'both', 'import()', "return import(at.http + '/m.js')"),
  reach('Code', 'both', 'import() of JSON', "return import(at.http + '/m.json', { with: { type: 'json' } })"),
  reach(
    'Code',
    'both',
    'import() of data: that imports',
    "return import('data:text/javascript,import ' + JSON.stringify(at.http + '/m.js'))",
  ),
  reach('Code', 'worker', 'importScripts', "importScripts(at.http + '/s.js')"),
  reach('Code', 'both', 'Worker by address', "return opened(new Worker(at.http + '/w.js'), 'message')"),
  reach(
    'Code',
    'both',
    'Worker of data: that fetches',
    "new Worker('data:text/javascript,fetch(' + JSON.stringify(at.http) + ')'); return silence()",
  ),
  reach(
    'Code',
    'both',
    'Worker of blob: that fetches',
    "new Worker(URL.createObjectURL(new Blob(['fetch(' + JSON.stringify(at.http) + ')']))); return silence()",
  ),
  reach(
    'Code',
    'both',
    'SharedWorker of data: that fetches',
    "new SharedWorker('data:text/javascript,fetch(' + JSON.stringify(at.http) + ')'); return silence()",
  ),
  reach('Code', 'both', 'ServiceWorker', "return navigator.serviceWorker.register(at.http + '/sw.js')"),
  reach(
    'Code',
    'window',
    'Worklet',
    "return new OfflineAudioContext(1, 1, 44100).audioWorklet.addModule(at.http + '/a.js')",
  ),
  reach('Code', 'both', 'WebAssembly, streaming', "return WebAssembly.compileStreaming(fetch(at.http + '/m.wasm'))"),
  keep('Code', 'both', 'eval', "return eval('1')"),
  keep('Code', 'both', 'new Function', "return new Function('return 1')()"),

  reach('Elements', 'window', 'img', "return opened(added('img', { src: at.http + '/i.png' }), 'load')"),
  reach('Elements', 'window', 'img, srcset', "return opened(added('img', { srcset: at.http + '/i.png 1x' }), 'load')"),
  reach('Elements', 'window', 'script', "return opened(added('script', { src: at.http + '/s.js' }), 'load')"),
  reach(
    'Elements',
    'window',
    'link, stylesheet',
    "return opened(added('link', { rel: 'stylesheet', href: at.http + '/s.css' }), 'load')",
  ),
  reach(
    'Elements',
    'window',
    'link, icon',
    "added('link', { rel: 'icon', href: at.http + '/i.png' }); return silence()",
  ),
  reach(
    'Elements',
    'window',
    'link, manifest',
    "added('link', { rel: 'manifest', href: at.http + '/m.json' }); return silence()",
  ),
  reach(
    'Elements',
    'window',
    'style, @import',
    "added('style', {}).textContent = '@import url(' + at.http + '/s.css)'; return silence()",
  ),
  reach(
    'Elements',
    'window',
    'style attribute',
    "added('div', { style: 'width:9px;height:9px;background:url(' + at.http + '/i.png)' }); return silence()",
  ),
  reach(
    'Elements',
    'window',
    'adopted style sheet',
    "const s = new CSSStyleSheet(); s.replaceSync('body{background:url(' + at.http + '/i.png)}'); document.adoptedStyleSheets.push(s); return silence()",
  ),
  reach('Elements', 'both', 'FontFace', "return new FontFace('x', 'url(' + at.http + '/f.woff2)').load()"),
  reach('Elements', 'window', 'video', "return opened(added('video', { src: at.http + '/v.mp4' }), 'loadeddata')"),
  reach('Elements', 'window', 'video, poster', "added('video', { poster: at.http + '/i.png' }); return silence()"),
  reach(
    'Elements',
    'window',
    'audio',
    "return opened(added('audio', { src: at.http + '/a.mp3', preload: 'auto' }), 'loadeddata')",
  ),
  reach(
    'Elements',
    'window',
    'track',
    "const v = added('video', { crossorigin: 'anonymous' }); const t = document.createElement('track'); t.default = true; t.src = at.http + '/t.vtt'; v.append(t); t.track.mode = 'showing'; return silence()",
  ),
  reach('Elements', 'window', 'iframe', "added('iframe', { src: at.http }); return silence()"),
  reach(
    'Elements',
    'window',
    'iframe of a document that loads',
    "added('iframe', { srcdoc: '<img src=' + at.http + '/i.png>' }); return silence()",
  ),
  reach(
    'Elements',
    'window',
    'iframe of a document that moves on',
    "added('iframe', { srcdoc: '<meta http-equiv=refresh content=0;url=' + at.http + '>' }); return silence()",
  ),
  reach('Elements', 'window', 'object', "added('object', { data: at.http + '/o.html' }); return silence()"),
  reach(
    'Elements',
    'window',
    'embed',
    "added('embed', { src: at.http + '/o.html', type: 'text/html' }); return silence()",
  ),
  reach(
    'Elements',
    'window',
    'svg image',
    "document.body.insertAdjacentHTML('beforeend', '<svg><image href=' + at.http + '/i.png /></svg>'); return silence()",
  ),
  reach(
    'Elements',
    'window',
    'input of type image',
    "added('input', { type: 'image', src: at.http + '/i.png' }); return silence()",
  ),

  reach('Hints', 'window', 'dns-prefetch', "added('link', { rel: 'dns-prefetch', href: at.named }); return silence()"),
  reach('Hints', 'window', 'preconnect', "added('link', { rel: 'preconnect', href: at.http }); return silence()"),
  reach('Hints', 'window', 'prefetch', "added('link', { rel: 'prefetch', href: at.http }); return silence()"),
  reach('Hints', 'window', 'prerender', "added('link', { rel: 'prerender', href: at.http }); return silence()"),
  reach(
    'Hints',
    'window',
    'preload',
    "added('link', { rel: 'preload', as: 'image', href: at.http + '/i.png' }); return silence()",
  ),
  reach(
    'Hints',
    'window',
    'modulepreload',
    "added('link', { rel: 'modulepreload', href: at.http + '/m.js' }); return silence()",
  ),
  reach(
    'Hints',
    'window',
    'speculation rules',
    "const s = document.createElement('script'); s.type = 'speculationrules'; s.textContent = JSON.stringify({ prefetch: [{ source: 'list', urls: [at.http], eagerness: 'immediate' }] }); document.body.append(s); return silence()",
  ),

  alone('navigation of itself', 'location.href = at.http; return silence()'),
  alone(
    'navigation of itself by a form',
    "const f = added('form', { action: at.http, method: 'POST' }); f.append(Object.assign(document.createElement('input'), { name: 'a', value: 'x' })); f.submit(); return silence()",
  ),
  alone(
    'navigation of itself by meta refresh',
    "const m = document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = '0;url=' + at.http; document.head.append(m); return silence()",
  ),
  alone('navigation of itself by the Navigation API', 'navigation.navigate(at.http); return silence()'),
  alone('navigation of the top', 'top.location.href = at.http; return silence()', 'page'),
  alone(
    'navigation of the parent by a link',
    "added('a', { href: at.http, target: '_parent' }).click(); return silence()",
    'page',
  ),
  alone('navigation of itself by a link', "added('a', { href: at.http }).click(); return silence()"),
  alone('link with ping', "added('a', { href: '#x', ping: at.http }).click(); return silence()"),
  alone('window.open', "if (!open(at.http)) throw new Error('no window'); return silence()"),
  alone('form into a new window', "added('form', { action: at.http, target: '_blank' }).submit(); return silence()"),
  alone(
    'data: document that loads',
    "location.href = 'data:text/html,<img src=' + at.http + '/i.png>'; return silence()",
  ),
  alone(
    'blob: document that loads',
    "location.href = URL.createObjectURL(new Blob(['<img src=' + at.http + '/i.png>'], { type: 'text/html' })); return silence()",
  ),

  reach(
    'Peers',
    'both',
    'WebRTC, STUN by UDP',
    "const p = new RTCPeerConnection({ iceServers: [{ urls: 'stun:' + at.host + ':' + at.port }] }); p.createDataChannel('x'); await p.setLocalDescription(await p.createOffer()); return silence()",
  ),
  reach(
    'Peers',
    'both',
    'WebRTC, STUN by name',
    "const p = new RTCPeerConnection({ iceServers: [{ urls: 'stun:' + at.name + ':' + at.port }] }); p.createDataChannel('x'); await p.setLocalDescription(await p.createOffer()); return silence()",
  ),
  reach(
    'Peers',
    'both',
    'WebRTC, TURN by TCP',
    "const p = new RTCPeerConnection({ iceServers: [{ urls: 'turn:' + at.host + ':' + at.port + '?transport=tcp', username: 'x', credential: 'x' }] }); p.createDataChannel('x'); await p.setLocalDescription(await p.createOffer()); return silence()",
  ),
  reach(
    'Peers',
    'window',
    'WebRTC, data channel to a peer',
    "const p = new RTCPeerConnection(); p.createDataChannel('x'); const o = await p.createOffer(); await p.setLocalDescription(o); const u = 'abcd', w = 'abcdefghijklmnopqrstuvwxyz'; await p.setRemoteDescription({ type: 'answer', sdp: o.sdp.replace(/a=ice-ufrag:.*/, 'a=ice-ufrag:' + u).replace(/a=ice-pwd:.*/, 'a=ice-pwd:' + w).replace('a=setup:actpass', 'a=setup:active').replace(/a=candidate.*\\r\\n/g, '') }); await p.addIceCandidate({ candidate: 'candidate:1 1 UDP 2122252543 ' + at.host + ' ' + at.port + ' typ host', sdpMid: '0', sdpMLineIndex: 0 }); return silence()",
  ),

  keep('Storage', 'window', 'localStorage', "localStorage.setItem('probe', '1'); return localStorage.length"),
  keep('Storage', 'window', 'sessionStorage', "sessionStorage.setItem('probe', '1'); return sessionStorage.length"),
  keep(
    'Storage',
    'window',
    'cookie',
    "document.cookie = 'probe=1'; if (document.cookie === '') throw new Error('not kept')",
  ),
  keep(
    'Storage',
    'both',
    'cookieStore',
    "await cookieStore.set('probe', '1'); if ((await cookieStore.getAll()).length === 0) throw new Error('not kept')",
  ),
  keep('Storage', 'both', 'IndexedDB', "return opened(indexedDB.open('probe'), 'success')"),
  keep(
    'Storage',
    'both',
    'Cache storage',
    "const c = await caches.open('probe'); await c.put('https://probe.test/', new Response('x')); if (!(await c.match('https://probe.test/'))) throw new Error('not kept')",
  ),
  keep('Storage', 'both', 'File system of the origin', 'return navigator.storage.getDirectory()'),
  keep(
    'Storage',
    'worker',
    'File system of old',
    'return new Promise((yes, no) => webkitRequestFileSystem(0, 1, yes, no))',
  ),
  keep('Storage', 'both', 'Storage buckets', "return navigator.storageBuckets.open('probe')"),
  keep('Storage', 'both', 'Web locks', "return navigator.locks.request('probe', () => 1)"),
  keep('Storage', 'both', 'SharedArrayBuffer', 'return new SharedArrayBuffer(8)'),

  keep('The host’s page', 'window', 'document of the parent', 'return parent.document.title'),
  keep('The host’s page', 'window', 'function of the parent', 'return parent.fetch(at.http)'),
  keep(
    'The host’s page',
    'window',
    'own frame element',
    "if (!frameElement) throw new Error('null'); return frameElement.getAttribute('sandbox')",
  ),
  keep('The host’s page', 'window', 'taking its own sandbox away', "frameElement.removeAttribute('sandbox'); return 1"),
  keep('The host’s page', 'window', 'opener', "if (!opener) throw new Error('null'); return opener.document"),
  keep(
    'The host’s page',
    'both',
    'BroadcastChannel to the host',
    "const c = new BroadcastChannel('lodestone-probe'); c.postMessage(at.host); return new Promise((yes, no) => { c.onmessage = yes; setTimeout(no, 1000, new Error('nobody heard it')) })",
  ),
  keep(
    'The host’s page',
    'window',
    'flood of messages',
    "for (let i = 0; i < 20000; i++) parent.postMessage({ id: i, type: 'CONSTRUCT', path: ['constructor', 'constructor'], argumentList: [{ type: 'RAW', value: 'fetch(\"' + at.http + '\")' }] }, '*'); throw new Error('sent, to nobody who listens')",
  ),
  {
    ...reach(
      'The host’s page',
      'worker',
      'flood of the window',
      "for (let i = 0; i < 20000; i++) postMessage({ type: 'lodestone-boot', location: at.http, href: at.http, src: at.http }); return silence()",
    ),
    booted: true,
    uncontrolled: true,
  },

  keep('Side doors of time', 'window', 'timeline of the host’s page', "parent.performance.mark('probe'); return 1"),
  keep(
    'Side doors of time',
    'both',
    'memory of all that shares the process',
    'return performance.measureUserAgentSpecificMemory()',
  ),
  keep(
    'Side doors of time',
    'both',
    'load of the device',
    "const o = new PressureObserver(() => {}); return o.observe('cpu')",
  ),

  keep('The device', 'both', 'clipboard', "return navigator.clipboard.writeText('probe')"),
  keep(
    'The device',
    'window',
    'clipboard, the old way',
    "const t = added('textarea', {}); t.value = 'probe'; t.select(); if (!document.execCommand('copy')) throw new Error('refused')",
  ),
  keep(
    'The device',
    'both',
    'notification',
    "if (Notification.permission !== 'granted') throw new Error(Notification.permission); new Notification('probe', { icon: at.http })",
  ),
  {
    ...keep(
      'The device',
      'window',
      'print',
      "const n = performance.now(); print(); throw new Error('returned after ' + Math.round(performance.now() - n) + ' ms, as a sandbox without allow-modals does')",
    ),
    uncontrolled: true,
  },
  keep('The device', 'window', 'protocol handler', "navigator.registerProtocolHandler('web+probe', at.http + '/?%s')"),
  keep('The device', 'window', 'share', "return navigator.share({ text: 'probe', url: at.http })"),
  keep('The device', 'window', 'camera and microphone', 'return navigator.mediaDevices.getUserMedia({ audio: true })'),
  keep(
    'The device',
    'window',
    'location of the device',
    'return new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, no))',
  ),
  keep(
    'The device',
    'both',
    'USB, HID, serial',
    "for (const n of ['usb', 'hid', 'serial']) if (navigator[n]) return await (navigator[n].getDevices ?? navigator[n].getPorts).call(navigator[n]).then((d) => { if (d.length === 0) throw new Error('none is granted') }); throw new ReferenceError('not there')",
  ),
];

export function attemptsAt(place: Place, alone?: Attempt['alone']): Attempt[] {
  return ATTEMPTS.filter((one) => (one.where === 'both' || one.where === place) && one.alone === alone);
}
