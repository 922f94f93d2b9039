import type { Frame, Nanos, PortNumber } from '@ballast/base';
import { Cut } from './cut.ts';
import type { FaultScript, LinkDirection, LinkShape, LinkStats } from './link-direction.ts';
import type { LinkFaults } from './link-faults.ts';

/** One end of a link. */
export interface PortRef {
  /** Index of the node in its kernel. */
  readonly nodeId: number;
  readonly nodeName: string;
  readonly port: PortNumber;
}

export interface LinkOptions extends LinkShape {
  /** Unique; absent: the names of its nodes, 'tor-server3'. */
  readonly name?: string;
  /** What differs in the direction from `b` to `a`. */
  readonly reverse?: Partial<LinkShape>;
}

export type Direction = 'aToB' | 'bToA';

/** Sees every frame that enters the link. The frame is only lent: copy what you keep. */
export type LinkTapListener = (nowNs: Nanos, direction: Direction, frame: Frame) => void;

/** A full-duplex cable between two ports. Faults strike both directions unless one is named. */
export class Link {
  readonly name: string;
  readonly a: PortRef;
  readonly b: PortRef;
  readonly aToB: LinkDirection;
  readonly bToA: LinkDirection;

  /** Use `kernel.connect`. */
  constructor(
    name: string,
    ends: { a: PortRef; b: PortRef },
    directions: { aToB: LinkDirection; bToA: LinkDirection },
  ) {
    this.name = name;
    this.a = ends.a;
    this.b = ends.b;
    this.aToB = directions.aToB;
    this.bToA = directions.bToA;
  }

  /** Changes the named faults and leaves the others as they are; the last call wins. */
  inject(faults: Partial<LinkFaults>, direction?: Direction): void {
    for (const one of this.#directions(direction)) one.inject(faults);
  }

  /** Asks a directed fault about every frame, after taps and before random faults. Null ends it. */
  script(direction: Direction, script: FaultScript | null): void {
    this[direction].script(script);
  }

  /** Pulls the cable: frames that enter or would arrive are dropped until the cut heals. */
  cut(direction?: Direction): Cut {
    return new Cut(this.#directions(direction));
  }

  /** Ends every fault, script and cut of this link. */
  heal(): void {
    this.aToB.heal();
    this.bToA.heal();
  }

  /** Captures both directions, in order of time. Returns the function that ends it. */
  tap(listener: LinkTapListener): () => void {
    const ends = [
      this.aToB.tap((nowNs, frame) => listener(nowNs, 'aToB', frame)),
      this.bToA.tap((nowNs, frame) => listener(nowNs, 'bToA', frame)),
    ];
    return () => ends.forEach((end) => end());
  }

  get stats(): Readonly<Record<Direction, LinkStats>> {
    return { aToB: this.aToB.stats, bToA: this.bToA.stats };
  }

  #directions(direction?: Direction): LinkDirection[] {
    return direction === undefined ? [this.aToB, this.bToA] : [this[direction]];
  }
}
