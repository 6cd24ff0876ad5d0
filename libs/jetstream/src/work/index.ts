/** Leases on their way to a slot: pulled, kept alive, settled. */
export {
  ensureLaneConsumer,
  laneConsumerConfig,
  LANE_ACK_WAIT_MS,
  LANE_DELIVERIES_MAX,
  type LaneConsumerOptions,
} from './lane-consumer.ts';
export { openLanePuller, type LanePuller, type LanePullerEvents, type CreditReturn } from './lane-puller.ts';
export { readGivenUp } from './given-up.ts';
export { type Delivery } from './delivery.ts';
export { LeaseKeeper, type LeaseKeeperOptions, type LeaseKeeperState } from './lease-keeper.ts';
