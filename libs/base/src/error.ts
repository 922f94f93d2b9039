/**
 * The world said no: a refusal with a code, the values, and the cure in its message.
 *
 * Callers switch on `detail.code`, never on the message. Each room defines its union of details and a
 * subclass whose `explain` turns one into a sentence: what, where, what to do.
 */
export abstract class DetailedError<D extends { code: string }> extends Error {
  readonly detail: D;

  constructor(detail: D, options?: ErrorOptions) {
    super(undefined, options);
    this.name = new.target.name;
    this.detail = detail;
    this.message = this.explain(detail);
  }

  get code(): D['code'] {
    return this.detail.code;
  }

  /** One sentence for a person. Called by the constructor: may read only its argument. */
  protected abstract explain(detail: D): string;
}
