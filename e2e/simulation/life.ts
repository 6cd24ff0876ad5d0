/** Whatever can die or hang: a process. */
export interface Life {
  readonly name: string;
  alive: boolean;
  /** Nothing of it runs before this. */
  frozenUntilMs: number;
}
