/** Provides streams, buckets and consumers, and ends: for systems whose services may not, because each signs in at NATS by a key of its own. */
import { requireNode } from '@manyhands/observe/node-version';

requireNode();
await import('./provide-all.ts');
