/**
 * Where the cells of a slot are kept: in memory that threads share, or in a file that processes share.
 *
 * The file has no name any more, so nothing has to be cleaned up; what a process wrote into it is there after that process was killed, which is
 * how it is known which chunk killed it. Reading or writing a cell there takes about a microsecond, some hundred times what memory takes.
 */
import { closeSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CellStore {
  load(cell: number): number;
  store(cell: number, value: number): void;
}

/** What the other side opens: memory, or the number of the open file there. */
export type CellPlace = SharedArrayBuffer | number;

const CELLS = 8;
const CELL_BYTES = 4;

export function openCells(place: CellPlace): CellStore {
  return typeof place === 'number' ? new FileCells(place) : new SharedCells(place);
}

export class SharedCells implements CellStore {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(CELLS * CELL_BYTES)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  load(cell: number): number {
    return Atomics.load(this.#cells, cell);
  }

  store(cell: number, value: number): void {
    Atomics.store(this.#cells, cell, value);
  }
}

export class FileCells implements CellStore {
  readonly file: number;
  readonly #bytes = Buffer.alloc(CELL_BYTES);

  constructor(file: number) {
    this.file = file;
  }

  /** A new file, to be closed by the caller. Throws where the temporary folder cannot be written. */
  static create(): FileCells {
    const path = join(tmpdir(), `manyhands-${randomUUID()}`);
    const file = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    ftruncateSync(file, CELLS * CELL_BYTES);
    return new FileCells(file);
  }

  load(cell: number): number {
    readSync(this.file, this.#bytes, 0, CELL_BYTES, cell * CELL_BYTES);
    return this.#bytes.readInt32LE();
  }

  store(cell: number, value: number): void {
    this.#bytes.writeInt32LE(value);
    writeSync(this.file, this.#bytes, 0, CELL_BYTES, cell * CELL_BYTES);
  }

  close(): void {
    closeSync(this.file);
  }
}

/** Each host of a slot has cells of its own: task code of the one before may still run, and read and write them. */
export class SeatCells implements CellStore {
  #cells = new SharedCells();

  renew(): SharedArrayBuffer {
    this.#cells = new SharedCells();
    return this.#cells.memory;
  }

  load(cell: number): number {
    return this.#cells.load(cell);
  }

  store(cell: number, value: number): void {
    this.#cells.store(cell, value);
  }
}
