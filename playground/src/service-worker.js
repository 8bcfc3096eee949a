// Keeps the whole page, so that it works without a network after the first
// visit. The build fills in the list of files and a version that changes with
// their contents.
const FILES = __FILES__;

// Caches belong to all pages of a host. This one's, of any version:
const PREFIX = `rayjob-policy ${self.registration.scope} `;
const CACHE = PREFIX + __VERSION__;

self.addEventListener("install", (event) => {
  // Past the browser's own cache, which may have an older page.
  const requests = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(requests))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith(PREFIX) && name !== CACHE))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(
    caches
      .open(CACHE)
      .then((cache) => cache.match(request, { ignoreSearch: request.mode === "navigate" }))
      .then((kept) => kept ?? fetch(request)),
  );
});
