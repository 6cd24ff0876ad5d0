/**
 * The wheel modulo 30, in AssemblyScript: the eight residues that 2, 3 and 5 leave over, and where a multiple of a prime falls among them.
 * All of it is inlined into `sieve.ts`, mostly as constants.
 */
@inline export function wheel(place: i32): i32 {
  return place == 0 ? 1 : place == 1 ? 7 : place == 2 ? 11 : place == 3 ? 13 : place == 4 ? 17 : place == 5 ? 19 : place == 6 ? 23 : 29;
}
@inline export function bitOf(residue: i32): i32 {
  return residue == 1 ? 0 : residue == 7 ? 1 : residue == 11 ? 2 : residue == 13 ? 3 : residue == 17 ? 4 : residue == 19 ? 5 : residue == 23 ? 6 : 7;
}
/** What is left of a byte when the multiple by the factor at `place` of a prime with this residue is crossed out. */
@inline export function maskOf(residue: i32, place: i32): i32 {
  return 0xff & ~(1 << bitOf((residue * wheel(place)) % 30));
}
/** Bytes of that multiple beyond its share of whole thirties. */
@inline export function restOf(residue: i32, place: i32): i32 {
  return (residue * wheel(place)) / 30;
}
