/** What the work resolves with, or undefined when that takes longer. Throws what the work throws in that time; after it, it goes on unseen. */
export async function within<T>(withinMs: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    // What is over already comes out negative, of which Node prints a warning.
    timer = setTimeout(resolve, Math.max(0, withinMs), undefined);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
