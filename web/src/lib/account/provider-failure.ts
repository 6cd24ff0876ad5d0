/** Why a user who came back from a provider is not signed in: the sentence for what the gateway put into the address (`/sign-in?why=`). Pure. */
const sentences: Readonly<Record<string, string>> = {
  declined: 'You were not signed in there. Try again, or sign in with a password.',
  late: 'That took too long, or was begun in another browser. Try again.',
  away: 'Signing in there does not work right now. Try again in a moment, or sign in with a password.',
  refused:
    'The answer of the provider is not good. If it happens again, ask an administrator: the log of the gateway has the reason.',
  disabled: 'Your account may not be used. Ask an administrator.',
};

/** Null for any other reason. */
export function providerFailure(why: string | null): string | null {
  return why !== null && Object.hasOwn(sentences, why) ? sentences[why]! : null;
}
