// What adders and workers have to agree in, from the environment.
const { QUEUE_REDIS = "redis://127.0.0.1:6379", QUEUE_NAME = "esrgan-webgpu", QUEUE_LOCK_MS = "30000" } = process.env;

export const QUEUE = QUEUE_NAME;

const { hostname, port, username, password, protocol, pathname } = new URL(QUEUE_REDIS);
export const CONNECTION = {
  host: hostname,
  port: Number(port || 6379),
  db: Number(pathname.slice(1) || 0),
  ...(username && { username: decodeURIComponent(username) }),
  ...(password && { password: decodeURIComponent(password) }),
  ...(protocol === "rediss:" && { tls: {} }),
  maxRetriesPerRequest: null, // as BullMQ wants it: a worker waits until Redis is back
};

/** After so long without a sign of life a worker counts as dead, and its picture is another's. */
export const LOCK_MS = Number(QUEUE_LOCK_MS);
