/** UUIDs are the same in any case (RFC 9562): in addresses they are read in lower case, as they are stored. */
const uuids = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** An address with the ids of its path in lower case; the query is left to its reader. */
export function withLowerCaseIds(url: string): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return path.replace(uuids, (id) => id.toLowerCase()) + (query < 0 ? '' : url.slice(query));
}
