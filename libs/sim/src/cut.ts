/** A direction of a link or of a channel. It stands still while any cut holds it. */
export interface Cuttable {
  hold(cut: Cut): void;
  free(cut: Cut): void;
}

/** Nothing passes over the held directions until `heal`. Cuts may overlap. */
export class Cut {
  readonly #held: readonly Cuttable[];

  constructor(directions: readonly Cuttable[]) {
    this.#held = directions;
    for (const direction of directions) direction.hold(this);
  }

  /** Ends this cut. Safe to call again. */
  heal(): void {
    for (const direction of this.#held) direction.free(this);
  }
}
