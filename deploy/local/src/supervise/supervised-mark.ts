/** Environment variable that tells a process it was started with an IPC channel to watch. */
export const supervisedMark = 'MANYHANDS_SUPERVISED';
