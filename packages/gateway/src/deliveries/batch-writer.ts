import { setTimeout as wait } from "node:timers/promises";

/** Rows of one statement. */
const batchRowsMax = 500;

/**
 * When a batch had `gatherFromRows`, there is load, and the next gathers for this long, unless more
 * is said: a statement for many costs little more than one for a few. A lone item is never kept
 * waiting.
 */
const gatherMsDefault = 5;

/** After an outage the write is tried again after this, then twice as long, up to the maximum. */
const retryMsMin = 100;
const retryMsMax = 2000;

/**
 * Writes items in batches: while one batch is being written, the next gathers. A batch that the
 * database refuses is written again item by item, so that one bad item holds up no other; when the
 * database is out of reach, the batch waits for its return.
 */
export class BatchWriter<Item> {
  readonly #write: (batch: readonly Item[], again: boolean) => Promise<void>;
  readonly #failed: (error: unknown, dropped: Item | undefined) => void;
  readonly #gatherFromRows: number;
  readonly #gatherMs: number;
  readonly #ended: () => void;
  #gathered: (() => void) | undefined;
  #draining = false;
  #waiting: Item[] = [];
  #unwritten = 0;
  #running: Promise<void> | undefined;
  #abandoned = false;

  /**
   * @param write writes a batch or throws; may be called again with items it has already written,
   * and is told so
   * @param failed is told of every failure, and which item is given up, if one is
   * @param gatherFromRows how full a batch must have been for the next to gather; 1 where the
   * database's time matters more than an item's
   * @param gatherMs how long it gathers, in ms
   * @param ended is called when a batch is written or given up, and `unwritten` says so
   */
  constructor(
    write: (batch: readonly Item[], again: boolean) => Promise<void>,
    failed: (error: unknown, dropped: Item | undefined) => void,
    {
      gatherFromRows,
      gatherMs = gatherMsDefault,
      ended = () => undefined,
    }: {
      readonly gatherFromRows: number;
      readonly gatherMs?: number;
      readonly ended?: () => void;
    },
  ) {
    this.#write = write;
    this.#failed = failed;
    this.#gatherFromRows = gatherFromRows;
    this.#gatherMs = gatherMs;
    this.#ended = ended;
  }

  /** Items handed in and not yet written. */
  get unwritten(): number {
    return this.#unwritten;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    this.#unwritten += 1;
    this.#running ??= this.#run();
  }

  /** Resolves when everything handed in so far is written or given up. */
  async drained(): Promise<void> {
    this.#draining = true;
    this.#gathered?.();
    await this.#running;
  }

  /** From now on nothing is tried again: for the end of a process whose database is gone. */
  abandon(): void {
    this.#abandoned = true;
  }

  async #run(): Promise<void> {
    // Whoever else hands in something within this turn of the event loop shares the statement.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchRowsMax);
      await this.#writeSurely(batch);
      this.#unwritten -= batch.length;
      this.#ended();
      if (batch.length >= this.#gatherFromRows && this.#waiting.length < batchRowsMax) {
        await this.#gather();
      }
    }
    this.#running = undefined;
    this.#draining = false;
  }

  /** Whoever waits for the end keeps nobody gathering. */
  async #gather(): Promise<void> {
    if (this.#draining) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#gatherMs);
      this.#gathered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#gathered = undefined;
  }

  async #writeSurely(batch: readonly Item[], tried = false): Promise<void> {
    let again = tried;
    for (let retryMs = retryMsMin; ; retryMs = Math.min(retryMs * 2, retryMsMax)) {
      try {
        await this.#write(batch, again);
        return;
      } catch (error) {
        if (isRefusal(error) || this.#abandoned) {
          await this.#giveUp(batch, error, again);
          return;
        }
        again = true;
        this.#failed(error, undefined);
        await wait(retryMs);
      }
    }
  }

  async #giveUp(batch: readonly Item[], error: unknown, again: boolean): Promise<void> {
    if (batch.length > 1 && !this.#abandoned) {
      for (const item of batch) await this.#writeSurely([item], again);
    } else {
      for (const item of batch) this.#failed(error, item);
    }
  }
}

/**
 * Whether the database said no to what was asked, as opposed to being unable to answer: a SQLSTATE
 * of class 0A (not supported), 21 to 23 (data, integrity), 42 (statement) or 54 (limits). Everything
 * else may pass.
 */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return /^(?:0A|2[123]|42|54)[0-9A-Z]{3}$/.test(String(error.code));
}
