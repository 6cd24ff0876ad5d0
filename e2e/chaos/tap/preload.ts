/** Preloaded (`node --import`) into a process under test: what its environment asks for, and otherwise nothing. */
import './crash-at.ts';
import './plant.ts';
