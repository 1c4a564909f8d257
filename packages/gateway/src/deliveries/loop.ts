/** After a failure the next run comes after this, then twice as long, up to the maximum. */
const backoffMsMin = 250;
const backoffMsMax = 5000;

/**
 * Runs a job again and again, never twice at once, until stopped. A job that fails, because the
 * database is out of reach above all, is reported and tried again after a growing wait.
 *
 * @example
 * const loop = new Loop(async () => { await sweep(); return 1000; }, (error) => log.warn(error));
 * await loop.stop();
 */
export class Loop {
  readonly #job: () => Promise<number>;
  readonly #failed: (error: unknown) => void;
  readonly #ended: Promise<void>;
  #stopped = false;
  #kicked = false;
  #failures = 0;
  #wake: (() => void) | undefined;

  /**
   * @param job does its work and returns how many milliseconds to wait before the next run
   * @param failed is told of every failure; must not throw
   */
  constructor(job: () => Promise<number>, failed: (error: unknown) => void) {
    this.#job = job;
    this.#failed = failed;
    this.#ended = this.#run();
  }

  /** Runs the job now, or once more if it is running. */
  kick(): void {
    // What failed a moment ago would fail again, so a kick does not shorten that wait.
    if (this.#failures > 0) return;
    this.#kicked = true;
    this.#wake?.();
  }

  /** Ends the loop after the run under way. */
  stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    return this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#kicked = false;
      const waitMs = await this.#runOnce();
      if (!this.#stopped && !this.#kicked) await this.#pause(waitMs);
    }
  }

  async #runOnce(): Promise<number> {
    try {
      const waitMs = await this.#job();
      this.#failures = 0;
      return waitMs;
    } catch (error) {
      this.#failed(error);
      this.#kicked = false;
      this.#failures += 1;
      return Math.min(backoffMsMin * 2 ** (this.#failures - 1), backoffMsMax);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
