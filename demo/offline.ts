// Owns registering the service worker, which keeps the site for offline use.

/** Whether this is the built site: the development server has no service worker. vite.config.ts says it. */
declare const __IS_BUILT__: boolean;

export function keepOffline(): void {
  if (!__IS_BUILT__ || !("serviceWorker" in navigator)) return;
  // Pages that may not keep anything work all the same.
  navigator.serviceWorker.register("./service-worker.js").catch(() => {});
}
