/** The project's streams, buckets and consumers over `@manyhands/nats`: what each service opens, reads and writes by name. */
export {
  findInput,
  getInputRecord,
  holdInput,
  inputBytesOf,
  inputsOf,
  putInputRecord,
  removeArtifacts,
  removeInputUse,
  usesOfInput,
  type InputUse,
  type StoredInput,
} from './artifacts/artifact-records.ts';
export { countFiles, filesOf, findFile, putFileRecord, type StoredFile } from './artifacts/file-records.ts';
export { readObject, readPart, readParts, readWhole } from './artifacts/read-object.ts';
export { getResultsRecord, putResultsRecord } from './artifacts/results-record.ts';
export { cutParts, inputObject, newNonce, type StoredObject } from './artifacts/stored-object.ts';
export { ObjectWriter, storeObject } from './artifacts/write-object.ts';
export {
  clockOf,
  consumeEvents,
  createOutbox,
  lastSequenceOf,
  lastStored,
  fillingOf,
  levelOf,
  nextEntry,
  openBroker,
  openBucket,
  openTail,
  purgeStored,
  readPage,
  readStored,
  readWanted,
  removeStored,
  storedAt,
  storedCounts,
  storedKeys,
  storedSubjects,
  storeUnless,
} from './bound.ts';
export { keepIdentityKeys, type IdentityKeys } from './provision/identity-keys.ts';
export { EVENT_STEPS, type EventStep } from './events/event-steps.ts';
export {
  ACK_WAIT_NOTE,
  ensureLaneConsumer,
  LANE_ACK_WAIT_MS,
  LANE_DELIVERIES_MAX,
  laneConsumerConfig,
  type LaneConsumerOptions,
} from './provision/lane-consumer.ts';
export { PIN_TIMEOUT_MS, wantedPartitions } from './provision/partition-config.ts';
export { harmfulDifferences, isHarmful, mendStreams, safeChanges } from './provision/mend-streams.ts';
export { provision, type ProvisionOptions } from './provision/provision.ts';
export { wantedStreams, type Chosen } from './provision/wanted-streams.ts';
export { Room } from './room/room.ts';
