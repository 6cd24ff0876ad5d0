/** What the landing page states of this system, with figures of docs/performance.md, which a test holds them against. */
export interface Proof {
  figure: string;
  unit: 'chunks/s' | 'jobs/s' | 'ms';
  name: string;
  about: string;
}

export const proofs: readonly Proof[] = [
  {
    figure: '9,212,945',
    unit: 'chunks/s',
    name: 'Each chunk is counted once',
    about:
      'Workers may die and messages may come twice: the answer stays right. A million chunks and back, with all of them counted.',
  },
  {
    figure: '748',
    unit: 'jobs/s',
    name: 'What is accepted is stored',
    about:
      'A job answered with 202 is on disk, and goes on by itself after a crash. Measured with jobs of eight chunks, a thousand at once.',
  },
  {
    figure: '10.2',
    unit: 'ms',
    name: 'Small jobs are quick',
    about: 'From the submission to the answer: the median of jobs of eight chunks, with each of their steps on disk.',
  },
];
