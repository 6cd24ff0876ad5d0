/** A process that owns a partition for a test: `node partition-owner.fixture.ts <url> <partition>`; handles its first batch until told to `finish`. */
import { openBroker, createOutbox } from '@manyhands/broker';
import { openPartitionConsumer } from './partition-consumer.ts';

const [url = '', partition = ''] = process.argv.slice(2);
const tell = (name: string, value?: unknown) => process.send?.([name, value]);
const told = new Promise((resolve) => process.once('message', resolve));

const broker = await openBroker({ url, name: 'fixture' });
const consumer = openPartitionConsumer<string>(broker, {
  partition,
  decode: (_subject, data) => new TextDecoder().decode(data),
  outbox: createOutbox(broker),
  async handle({ messages }) {
    tell(
      'batch',
      messages.map(({ message }) => message),
    );
    await told;
  },
});
tell('open');
tell('closed', await consumer.closed);
