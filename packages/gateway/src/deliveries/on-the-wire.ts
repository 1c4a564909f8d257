import type { HeldDelivery } from "./delivery.ts";

/** Counts a node's attempts on the wire; probes have places of their own. */
export class OnTheWire {
  #ordinary = 0;
  #probes = 0;
  #landed: () => void = () => undefined;

  get ordinary(): number {
    return this.#ordinary;
  }

  get probes(): number {
    return this.#probes;
  }

  get all(): number {
    return this.#ordinary + this.#probes;
  }

  began(held: HeldDelivery): void {
    this.#change(held, 1);
  }

  ended(held: HeldDelivery): void {
    this.#change(held, -1);
    if (this.all === 0) this.#landed();
  }

  #change({ probe }: HeldDelivery, by: 1 | -1): void {
    if (probe) this.#probes += by;
    else this.#ordinary += by;
  }

  /** Waits until nothing is left of it, but not for ever. */
  async landing(msMax: number): Promise<void> {
    if (this.all === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, msMax);
      this.#landed = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
