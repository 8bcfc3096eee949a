/** Caches the page for offline use, where the host that serves it allows it. */
export function keepForOffline(): void {
  if (import.meta.env.PROD && "serviceWorker" in navigator && window.isSecureContext) {
    void navigator.serviceWorker.register("./service-worker.js");
  }
}
