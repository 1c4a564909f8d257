/** Those who wait for a delivery's first attempt. */
export class Waiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  wait(id: string, timeoutMs: number): Promise<"settled" | "timeout"> {
    return new Promise((resolve) => {
      const ofId = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, ofId);
      const end = (result: "settled" | "timeout"): void => {
        clearTimeout(timer);
        ofId.delete(settled);
        if (ofId.size === 0) this.#waiting.delete(id);
        resolve(result);
      };
      const settled = () => end("settled");
      const timer = setTimeout(() => end("timeout"), timeoutMs);
      ofId.add(settled);
    });
  }

  settle(id: string): void {
    for (const settled of this.#waiting.get(id) ?? []) settled();
  }
}
