/**
 * Opens the app offline: keeps the files of the build, which have their digest in their names, and the newest page and configuration.
 * Promise: it answers only requests to the app's own origin; those of Lodestone and of the relay pass it by.
 */
const CACHE = 'cairn-v1';
const PAGE = ['./', './lodestone.json', './manifest.webmanifest', './cairn.svg'];

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const build = await (await fetch('./build.json')).json();
      const files = Object.values(build).flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets]);
      const cache = await caches.open(CACHE);
      await cache.addAll([...PAGE, ...new Set(files)]);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  event.respondWith(pathname.includes('/assets/') ? kept(request) : newest(request));
});

async function kept(request) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

async function newest(request) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const known = await cache.match(request, { ignoreSearch: true });
    if (known) return known;
    throw error;
  }
}
