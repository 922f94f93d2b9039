import { Kernel, type Link, type LinkOptions, type PortRef } from '@ballast/sim';

/** A kernel that tells of every link that is laid, so that it can be listened to from the first frame on. */
export class TappedKernel extends Kernel {
  readonly #onLink: (link: Link) => void;

  constructor(seed: number, onLink: (link: Link) => void) {
    super({ seed });
    this.#onLink = onLink;
  }

  override connect(a: PortRef, b: PortRef, options: LinkOptions): Link {
    const link = super.connect(a, b, options);
    this.#onLink(link);
    return link;
  }
}
