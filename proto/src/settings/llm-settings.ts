/** The settings of kind `llm`. Rows of the table in `settings.ts`. */
import * as value from './setting-values.ts';

const readers = ['compute'] as const;

export const LLM_SETTINGS = {
  MANYHANDS_LLM_URL: {
    ...value.addresses('an address like http://127.0.0.1:11434/v1, without a user name', /^https?:\/\/[^@]+$/i),
    about:
      'Model server that jobs of the kind `llm` and batches ask: whatever answers as the API of OpenAI does, such as vLLM, Ollama or a gateway. Written as for `OPENAI_BASE_URL`, with `/v1` at its end where the server has it. Only requests of these jobs reach it, and only this address.',
    unset: 'there is no kind `llm`, and batches are refused',
    example: 'http://127.0.0.1:11434/v1',
    readers,
    wrong: 'localhost:11434',
  },
  MANYHANDS_LLM_KEY: {
    ...value.token,
    about: 'Key that is sent to the model server, as `Authorization: Bearer`. No job sees it.',
    unset: 'none is sent',
    example: 'a-key-of-the-model-server',
    readers,
    wrong: 'two words',
    secret: true,
  },
  MANYHANDS_LLM_REQUESTS_PER_MINUTE: {
    ...value.wholeNumber(1, 600_000, ' of requests'),
    about: 'Requests a minute to the model server, of all workers and all jobs together.',
    unset: 'as many as it answers',
    example: '500',
    readers,
    wrong: '0',
  },
  MANYHANDS_LLM_TOKENS_PER_MINUTE: {
    ...value.wholeNumber(60, 1_000_000_000, ' of tokens'),
    about:
      'Tokens a minute of the model server, of all workers and all jobs together. Counted before a request is sent (its text, and the most tokens it may be answered with), and corrected by what the answer states in `usage`.',
    unset: 'as many as it answers',
    example: '200000',
    readers,
    wrong: '59',
  },
} as const;
