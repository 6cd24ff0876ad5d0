/** Environment variable by which a process knows that it was started with an IPC channel to watch. */
export const supervisedMark = 'MANYHANDS_SUPERVISED';
