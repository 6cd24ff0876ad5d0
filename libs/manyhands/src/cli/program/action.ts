/** What a command does, imported when it is run. */
import type { Command } from 'commander';
import type { Session } from '../session.ts';

/** `command` has its options and arguments. */
type Action = (session: Session, command: Command) => Promise<void>;
export type LazyAction = () => Promise<{ run: Action }>;
export type MakeAction = (load: LazyAction) => (...given: unknown[]) => Promise<void>;
