/** Keeps the page for times without a network, where it is served by a host that allows it. */
export function keepForOffline(): void {
  if (import.meta.env.PROD && "serviceWorker" in navigator && window.isSecureContext) {
    void navigator.serviceWorker.register("./service-worker.js");
  }
}
