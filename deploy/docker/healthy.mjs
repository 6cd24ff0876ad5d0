/** Exits with 0 while the service of this container is alive: asks /healthz on HEALTH_PORT, or on PORT as the gateway answers. */
const port = process.env.HEALTH_PORT || process.env.PORT || '8000';
const alive = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) }).then(
  ({ ok }) => ok,
  () => false,
);
process.exit(alive ? 0 : 1);
