/** Addresses that belong to programs, not to people. */
const notPages = ['/v1', '/api', '/ws', '/reference', '/redoc', '/metrics', '/healthz', '/readyz', '/monitoring', '/_app'];

/**
 * Whether a path is one of the dashboard's pages: below none of the API's rooms, and without a file's ending. One that begins with two slashes is a program's,
 * whose base address ends in one: it would take a page for its answer.
 */
export function isPageAddress(path: string): boolean {
  if (path.startsWith('//')) return false;
  if (notPages.some((room) => path === room || path.startsWith(`${room}/`))) return false;
  return !/\.[a-z0-9]{1,8}$/i.test(path);
}
