/**
 * What becomes of the actors of a batch after their turns: those that are over end, and one of which a step failed is parked, tried again, and in
 * the end set aside. What is waiting is in `parked-actors.ts`; how long, `containment.ts` decides.
 *
 * Invariant: a try runs in the order of its partition, and only if the actor is still parked for it.
 */
import { reasonOf } from './actor-turns.ts';
import type { ActorBatch } from './batch.ts';
import type { Step } from './behaviour.ts';
import { verdictOf } from './containment.ts';
import { PartitionDropped, type HeldPartition } from './held-partition.ts';
import type { ParkedActor } from './parked-actors.ts';
import { endFinished } from './passivation.ts';
import { RevisionConflict } from './ports.ts';
import { setActorAside } from './set-aside.ts';
import { takeTurns, type FailedStep, type TakenTurns } from './turn.ts';
import type { World } from './world.ts';

type Failure<State> = Pick<FailedStep<State>, 'step' | 'error' | 'state'>;

/** Work on a partition, in its order: whatever it throws, nothing of the partition is in memory afterwards. */
type InOrder<State> = (held: HeldPartition<State>, work: () => Promise<void>) => Promise<void>;

export class Parking<State, Message, Effect, Surroundings> {
  readonly #world: World<State, Message, Effect, Surroundings>;
  readonly #inOrder: InOrder<State>;
  /** Conflicts in a row, by actor. */
  readonly #conflicts = new Map<string, number>();

  constructor(world: World<State, Message, Effect, Surroundings>, inOrder: InOrder<State>) {
    this.#world = world;
    this.#inOrder = inOrder;
  }

  /** Ends those that are over, and parks those of which a step failed. Throws `RevisionConflict` while the partition may be another's. */
  async settle(
    held: HeldPartition<State>,
    parts: readonly ActorBatch<Message>[],
    { took, failed }: TakenTurns<State>,
  ): Promise<void> {
    for (const { actorId } of took) this.#conflicts.delete(actorId);
    for (const { actorId, error } of failed) if (error instanceof RevisionConflict) this.#heedConflict(actorId, error);
    await endFinished(this.#world, held, took);
    const messagesOf = new Map(failed.length === 0 ? [] : parts.map(({ actorId, messages }) => [actorId, messages]));
    for (const failure of failed) {
      const messages = messagesOf.get(failure.actorId) ?? [];
      const [first = held.takenThrough + 1, last = held.takenThrough] = [messages[0]?.sequence, messages.at(-1)?.sequence];
      this.#park(
        held,
        {
          actorId: failure.actorId,
          first,
          last,
          failures: 0,
          sinceMs: this.#world.nowMs(),
          why: '',
          settingAside: undefined,
          timer: undefined,
        },
        failure,
      );
    }
  }

  #heedConflict(actorId: string, error: RevisionConflict): void {
    const conflicts = (this.#conflicts.get(actorId) ?? 0) + 1;
    this.#conflicts.set(actorId, conflicts);
    if (conflicts <= this.#world.limits.containment.conflictsMax) throw error;
  }

  /** One more failure of this actor. */
  #park(held: HeldPartition<State>, parked: ParkedActor, { step, error, state }: Failure<State>): void {
    const { actorId } = parked;
    const { isPassing, limits, observed } = this.#world;
    parked.failures += 1;
    parked.why = `${step}: ${reasonOf(error)}`;
    const passing = error instanceof RevisionConflict || isPassing(error);
    // Turns were tried often enough by their supervisor.
    const verdict =
      step === 'decide' && parked.settingAside === undefined
        ? { do: 'set aside' as const }
        : verdictOf(parked.failures, passing, limits.containment);
    if (parked.settingAside !== undefined && verdict.do === 'set aside') {
      held.parked.remove(actorId);
      observed({ what: 'set_aside', actorId, ...parked.settingAside, said: false });
      return;
    }
    observed({ what: 'parked', actorId, step, failures: parked.failures, error });
    if (verdict.do === 'set aside') {
      parked.settingAside = { step, reason: reasonOf(error) };
      parked.failures = 0;
    }
    clearTimeout(parked.timer);
    parked.timer = setTimeout(() => void this.#tryAgain(held, parked, state), verdict.do === 'again' ? verdict.afterMs : 0);
    held.parked.add(parked);
  }

  async #tryAgain(held: HeldPartition<State>, parked: ParkedActor, state: State | undefined): Promise<void> {
    const { actorId } = parked;
    await this.#inOrder(held, async () => {
      if (held.parked.get(actorId) !== parked) return;
      const failure = await this.#tried(held, parked, state);
      held.mustBeHeld();
      if (failure !== undefined) return this.#park(held, parked, failure);
      held.parked.remove(actorId);
      this.#conflicts.delete(actorId);
      if (parked.settingAside === undefined) this.#world.observed({ what: 'recovered', actorId, failures: parked.failures });
    }).catch(() => undefined);
  }

  /** What failed again, if anything did. Throws `PartitionDropped` alone. */
  async #tried(
    held: HeldPartition<State>,
    { actorId, first, last, failures, settingAside: cause }: ParkedActor,
    state: State | undefined,
  ): Promise<Failure<State> | undefined> {
    const step: Step = cause === undefined ? 'load' : 'perform';
    try {
      if (cause !== undefined)
        return void (await setActorAside(this.#world, held, {
          actorId,
          cause,
          first,
          last,
          state,
          isLastTry: failures >= this.#world.limits.containment.triesMax,
        }));
      const stored = await this.#world.journal.read(actorId, first - 1, last + 1);
      const messages = stored.map((message) => ({ ...message, redelivered: true }));
      const part: ActorBatch<Message> =
        messages.length > 0 ? { actorId, messages } : { actorId, messages, without: { rebuildThrough: held.takenThrough } };
      const { took, failed } = await takeTurns(this.#world, held, [part]);
      await endFinished(this.#world, held, took);
      return failed[0];
    } catch (error) {
      if (error instanceof PartitionDropped) throw error;
      return { step, error, state };
    }
  }
}
