/** Who may do what on NATS; apart from the contract, because only what starts a server needs it. */
export { IDENTITIES, SERVICE_IDENTITIES, type AssetKey, type Identity } from './identities.ts';
export { ASSET_KEYS, inboxOf, mayProvidePartitions, maySee, permissionsOf, streamNameOf } from './permissions.ts';
export { renderAuthorization, type PasswordUser } from './render.ts';
