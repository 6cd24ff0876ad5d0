/** Whether a path leads to a folder that this process can look at. */
import { statSync } from 'node:fs';

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Whatever the reason: it cannot be used as one.
    return false;
  }
}
