/**
 * A sequence of a stream as text, as cursors and ids of lines are. In a stream that was removed by hand and made again, sequences begin at the time of day in
 * microseconds: sixteen digits.
 */
import { z } from 'zod';

export const SequenceText = z.string().regex(/^[1-9][0-9]{0,15}$/);

/** After which to read; `0`: from the oldest. */
export const AfterText = z.string().regex(/^(0|[1-9][0-9]{0,15})$/);
