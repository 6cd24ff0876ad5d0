/**
 * What a status message of the server reports about a pull request.
 *
 *   empty:   nothing waits right now (404 to a request that does not wait, 408 after it got less than it asked for)
 *   expired: a waiting request ran out without (enough) messages
 *   refused: the consumer or the server went away (409, 503): ask again, but not at once
 */
export type PullStatus = 'empty' | 'expired' | 'refused' | 'alive';

export function readPullStatus(code: number, waited: boolean): PullStatus {
  switch (code) {
    case 100:
      return 'alive';
    case 404:
      return 'empty';
    case 408:
      return waited ? 'expired' : 'empty';
    default:
      return 'refused';
  }
}
