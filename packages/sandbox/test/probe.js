// @ts-check
/**
 * Code that runs inside the sandbox, as text: tries every known way to a server or to storage and reports each outcome.
 * It keeps references to what the scanner removes, so that only the policy can block it. Plain JavaScript, because a test runner's
 * transforms do not work inside the sandbox.
 */
const { server, refusalMs = 1500 } = /** @type {{ PROBE: { server: string, refusalMs?: number } }} */ (
  /** @type {unknown} */ (self)
).PROBE;
const { XMLHttpRequest, WebSocket, EventSource, WebTransport, Worker, SharedWorker, indexedDB } = self;
const secure = isSecureContext;
const fetch = self.fetch.bind(self);
const setTimeout = self.setTimeout.bind(self);
/** @type {((url: string) => void) | undefined} */
const importScripts = 'importScripts' in self ? self.importScripts.bind(self) : undefined;

/**
 * @param {EventTarget} target
 * @param {string} yes
 */
const opened = (target, yes) =>
  new Promise((resolve, reject) => {
    target.addEventListener(yes, resolve, { once: true });
    target.addEventListener('error', () => reject(new Error('error event')), { once: true });
  });
/** For attempts that report no result. */
const silence = () => new Promise(() => {});

/** @type {Record<string, (server: string) => unknown>} */
const ATTEMPTS = {
  'fetch, cors': (server) => fetch(`${server}/fetch`),
  'fetch, no-cors': (server) => fetch(`${server}/fetch-no-cors`, { mode: 'no-cors' }),
  'fetch, keepalive POST': (server) =>
    fetch(`${server}/fetch-post`, { method: 'POST', body: 'x', keepalive: true, mode: 'no-cors' }),
  XMLHttpRequest: (server) => {
    const request = new XMLHttpRequest();
    request.open('GET', `${server}/xhr`);
    request.send();
    return opened(request, 'load');
  },
  WebSocket: (server) => opened(new WebSocket(`${server.replace('http', 'ws')}/socket`), 'open'),
  EventSource: (server) => opened(new EventSource(`${server}/events`), 'open'),
  WebTransport: (server) => new WebTransport(`${server.replace('http', 'https')}/transport`).ready,
  'import()': (server) => import(`${server}/module.js`),
  importScripts: (server) => {
    if (!importScripts) throw new Error('not there');
    importScripts(`${server}/script.js`);
  },
  'SharedWorker by URL': (server) => opened(new SharedWorker(`${server}/shared.js`).port, 'message'),
  IndexedDB: () => opened(indexedDB.open('probe'), 'success'),
};

/**
 * In a worker of Firefox, on a busy machine, `new Worker` sometimes never returns. So a worker tries this last, and reports the others first.
 * @type {Record<string, (server: string) => unknown>}
 */
const LAST_ATTEMPT = { 'Worker by URL': (server) => opened(new Worker(`${server}/worker.js`), 'message') };

/**
 * Attempts that only a window can make.
 * @type {Record<string, (server: string) => unknown>}
 */
const WINDOW_ATTEMPTS = {
  // It reports "queued" even if the policy blocks it; only the server's record counts.
  sendBeacon: (server) => {
    navigator.sendBeacon(`${server}/beacon`, 'x');
    return silence();
  },
  img: (server) => opened(added('img', { src: `${server}/image.png` }), 'load'),
  script: (server) => opened(added('script', { src: `${server}/tag.js` }), 'load'),
  stylesheet: (server) => opened(added('link', { rel: 'stylesheet', href: `${server}/style.css` }), 'load'),
  prefetch: (server) => opened(added('link', { rel: 'prefetch', href: `${server}/prefetch` }), 'load'),
  video: (server) => opened(added('video', { src: `${server}/video.mp4` }), 'loadeddata'),
  font: (server) => new FontFace('probe', `url(${server}/font.woff2)`).load(),
  // A blocked frame shows an error page and still fires "load".
  iframe: (server) => {
    added('iframe', { src: `${server}/frame.html` });
    return silence();
  },
  form: (server) => {
    added('form', { action: `${server}/form`, target: '_blank' }).submit();
    return silence();
  },
  'window.open': (server) => {
    if (!window.open(`${server}/opened`)) throw new Error('no window');
  },
  localStorage: () => localStorage.length,
  cookies: () => {
    document.cookie = 'probe=1';
    if (document.cookie === '') throw new Error('not kept');
  },
};

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 */
function added(tag, attributes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
}

/** In some engines these report no result: only the server's record counts, and waiting longer shows nothing more. */
const SILENT = ['sendBeacon', 'iframe', 'form', 'prefetch'];

/**
 * A busy machine may report a refusal seconds later.
 * @param {[name: string, run: (server: string) => unknown]} way
 * @param {string} server
 */
async function attempt([name, run], server) {
  try {
    const waitMs = SILENT.includes(name) ? 1500 : refusalMs;
    const late = new Promise((resolve) => setTimeout(resolve, waitMs, 'no answer'));
    return [name, await Promise.race([Promise.resolve(run(server)).then(() => 'got through'), late])];
  } catch (error) {
    return [name, `refused: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** @param {Record<string, (server: string) => unknown>} attempts */
const attemptAll = (attempts) => Promise.all(Object.entries(attempts).map((way) => attempt(way, server)));

if ('document' in self) {
  addEventListener('load', () => {
    void attemptAll({ ...ATTEMPTS, ...LAST_ATTEMPT, ...WINDOW_ATTEMPTS }).then((outcomes) =>
      parent.postMessage({ type: 'probe', outcomes }, '*'),
    );
  });
} else {
  // After the scanner has got its ports and started.
  addEventListener('message', ({ ports: [, events] }) => {
    setTimeout(() => {
      void attemptAll(ATTEMPTS)
        .then((outcomes) => events?.postMessage({ type: 'probe', outcomes, secure }))
        .then(() => new Promise((resolve) => setTimeout(resolve, 200))) // the report may pass through this worker once more
        .then(() => attemptAll(LAST_ATTEMPT))
        .then((outcomes) => events?.postMessage({ type: 'last-attempt', outcomes }));
    }, 300);
  });
}
