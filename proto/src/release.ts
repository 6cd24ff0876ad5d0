/** Which release of Manyhands this is: the version of every package of it. */
export const RELEASE = '0.1.0';
