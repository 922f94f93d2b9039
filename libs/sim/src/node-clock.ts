import type { Nanos } from '@ballast/base';

/**
 * A node's own clock: virtual time with an offset and a drift that may change while it runs.
 *
 * It never runs back. After a step backwards it stands still until virtual time has caught up, as a
 * monotonic clock that is corrected would; it never shows less than 0.
 */
export class NodeClock {
  /** The virtual and the local time from which the clock now runs at `#rate`. */
  #anchorNs: Nanos = 0;
  #anchorLocalNs: Nanos = 0;
  #rate = 1;
  #latestLocalNs: Nanos = 0;
  /** Neither stepped nor drifting so far: local time is virtual time. Most nodes of most runs. */
  #isTrue = true;

  /** Local time at virtual time `nowNs`, which never runs back from call to call. */
  read(nowNs: Nanos): Nanos {
    if (this.#isTrue) return nowNs;
    return this.#advance(this.#ideal(nowNs));
  }

  /**
   * Local time when a timer that was armed for `deadlineNs` fires: at least the deadline.
   *
   * The way there and back through `whenLocal` may lose a fraction of a nanosecond, and a core that is
   * called just before its deadline does nothing and asks for the same deadline, for ever.
   */
  readAtDeadline(nowNs: Nanos, deadlineNs: Nanos): Nanos {
    if (this.#isTrue) return nowNs;
    return this.#advance(Math.max(this.#ideal(nowNs), deadlineNs));
  }

  /** The virtual time at which this clock shows `localNs`, if nothing changes it before. */
  whenLocal(localNs: Nanos): Nanos {
    if (this.#isTrue) return localNs;
    return this.#anchorNs + (localNs - this.#anchorLocalNs) / this.#rate;
  }

  /** Sets the clock forward by `byNs`, or back when negative. */
  step(nowNs: Nanos, byNs: Nanos): void {
    this.#anchor(nowNs);
    this.#anchorLocalNs += byNs;
  }

  /** From now on this clock gains `ppm` microseconds every second; negative: it loses them. */
  drift(nowNs: Nanos, ppm: number): void {
    this.#anchor(nowNs);
    this.#rate = 1 + ppm / 1e6;
  }

  #anchor(nowNs: Nanos): void {
    this.read(nowNs);
    if (this.#isTrue) this.#latestLocalNs = nowNs;
    this.#isTrue = false;
    this.#anchorLocalNs = this.#ideal(nowNs);
    this.#anchorNs = nowNs;
  }

  #ideal(nowNs: Nanos): Nanos {
    return this.#anchorLocalNs + (nowNs - this.#anchorNs) * this.#rate;
  }

  #advance(localNs: Nanos): Nanos {
    if (localNs > this.#latestLocalNs) this.#latestLocalNs = localNs;
    return this.#latestLocalNs;
  }
}
