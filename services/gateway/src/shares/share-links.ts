/**
 * Share links: each lets who has its token read one job, without an account, until it ends or is revoked. Reads and writes `share.<id>` of bucket `identity`.
 *
 *   good ──its time is over──▶ gone (NATS removes the key)          good ──revoked, or its job deleted──▶ gone
 *
 * Invariant: the leader is asked at each use, so a revoked link is good on no gateway from then on. Of a token only a hash is stored.
 * Of links that are made at the same time, by whatever gateways, those that were written first count.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { keys, limits } from '@manyhands/proto';
import { CONFIG, type GatewayConfig } from '../config.ts';
import { conflict, jobNotFound, notFound } from '../edge/problem.ts';
import { IdentityStore } from '../identity/identity-store.ts';
import type { ShareLink } from '../identity/records.ts';
import { hashOf, newName, newSecret } from '../identity/secrets.ts';
import { JobViews } from '../mirror/job-views.ts';
import { isGoodFor, readShareToken, shareToken } from './share-token.ts';

const hourMs = 3_600_000;

@Injectable()
export class ShareLinks {
  readonly #log = new Logger('shares');

  constructor(
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'auth'>,
    @Inject(IdentityStore) private readonly store: IdentityStore,
    @Inject(JobViews) private readonly views: JobViews,
  ) {}

  /** Of one job, newest first. Throws 404 for a job that the tenant does not have, and `unavailable`. */
  async of(tenant: string, jobId: string): Promise<ShareLink[]> {
    await this.#demandJob(tenant, jobId);
    await this.store.settle();
    return this.#goodOf(tenant)
      .filter((link) => link.job_id === jobId)
      .toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1));
  }

  /** Throws 404 for a job that the tenant does not have, 409 when there are too many, and `unavailable`. */
  async create(tenant: string, jobId: string, hours: number): Promise<{ record: ShareLink; token: string }> {
    await this.#demandJob(tenant, jobId);
    await this.store.settle();
    demandRoom(this.#goodOf(tenant), jobId);
    const secret = newSecret();
    const nowMs = Date.now();
    const record: ShareLink = {
      v: 1,
      type: 'ShareLink',
      share_id: newName(8),
      tenant,
      job_id: jobId,
      secret_sha256: hashOf(secret),
      created_at: new Date(nowMs).toISOString(),
      expires_at: new Date(nowMs + hours * hourMs).toISOString(),
    };
    await this.store.writeOneOf<'ShareLink'>(
      keys.share(record.share_id),
      record,
      (earlier) => demandRoom(this.#goodOf(tenant, earlier), jobId),
      hours * hourMs,
    );
    return { record, token: shareToken(record.share_id, secret) };
  }

  /** Throws 404 for a link that is none of this job, and `unavailable`. */
  async revoke(tenant: string, jobId: string, shareId: string): Promise<void> {
    await this.#demandJob(tenant, jobId);
    const found = await this.store.read('ShareLink', keys.share(shareId));
    if (found?.record.tenant !== tenant || found.record.job_id !== jobId) throw notFound('The job has no such share link.');
    await this.store.remove(keys.share(shareId));
    await this.store.settle();
  }

  /** Removes those of a job that is deleted. One that is left leads nowhere, and ends by itself. */
  async removeOf(tenant: string, jobId: string): Promise<void> {
    const links = this.#goodOf(tenant).filter((link) => link.job_id === jobId);
    for (const { share_id: id } of links)
      await this.store.remove(keys.share(id)).catch((error: unknown) => {
        this.#log.warn(`a share link of deleted job ${jobId} is left until it ends: ${String(error)}`);
      });
  }

  /** The link of a token; undefined for what is no token, or not good any more. Throws `unavailable`. */
  async find(token: string): Promise<ShareLink | undefined> {
    const read = readShareToken(token);
    if (read === undefined) return undefined;
    const link = (await this.store.read('ShareLink', keys.share(read.shareId)))?.record;
    if (link === undefined || !isGoodFor(link, read.secret, Date.now())) return undefined;
    return (await this.#isDisabled(link.tenant)) ? undefined : link;
  }

  /** Whether the account whose job it is may not be used any more. */
  async #isDisabled(tenant: string): Promise<boolean> {
    if (this.config.auth === 'off') return false;
    const user = await this.store.find('User', keys.user(tenant));
    return user !== undefined && user.disabled_at !== null;
  }

  #goodOf(tenant: string, links = this.store.all('ShareLink')): ShareLink[] {
    const nowMs = Date.now();
    return links.filter((link) => link.tenant === tenant && Date.parse(link.expires_at) > nowMs);
  }

  async #demandJob(tenant: string, jobId: string): Promise<void> {
    const view = await this.views.load(tenant, jobId);
    if (!view?.value) throw jobNotFound();
  }
}

/** Throws 409 when those that are good leave none for another of a job. */
function demandRoom(good: readonly ShareLink[], jobId: string): void {
  if (good.filter((link) => link.job_id === jobId).length >= limits.sharesPerJobMax)
    throw conflict(`A job has at most ${limits.sharesPerJobMax} share links; revoke one first.`);
  if (good.length >= limits.sharesMax)
    throw conflict(`All jobs together have at most ${limits.sharesMax} share links; revoke one first.`);
}
