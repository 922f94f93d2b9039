/** How a packet leaves a program: outcomes, recirculation, and the egress part of each copy. */
import { bits, EtherType, packet, vlanHeader } from '@ballast/wire';
import {
  type Program,
  program,
  type ProgramBuilder,
  RECIRCULATION_LIMIT,
  RUNT_FRAME,
} from '../../src/index.ts';
import {
  type Copy,
  dropped,
  emitted,
  forwarded,
  holds,
  multicast,
  passed,
  type SemanticsArea,
  type SemanticsCase,
  send,
  toController,
} from './case.ts';
import { ipFormat, ipProgram, Probe } from './formats.ts';

const outcomes: readonly SemanticsCase[] = [
  (() => {
    const probe = new Probe({ kind: 3, port: 16, small: 5 });
    return {
      name: 'every outcome, with the destination or reason that belongs to it',
      program: probe.program((p, { kind, port, small }) => () => {
        p.match(
          kind,
          {
            0: () => p.forward(port),
            1: () => p.forward(small),
            2: () => p.multicast(port),
            3: () => p.drop('unwanted'),
            4: () => p.toController('first_seen'),
            5: () => p.toController('odd'),
            6: () => p.pass(),
          },
          () => p.drop('unknown_kind'),
        );
      }),
      steps: [
        send(probe.frame({ kind: 0, port: 65_535 }), forwarded(65_535)),
        send(probe.frame({ kind: 0, port: 0 }), forwarded(0)),
        send(probe.frame({ kind: 1, small: 31, port: 9 }), forwarded(31)),
        send(probe.frame({ kind: 2, port: 0x8001 }), multicast(0x8001)),
        send(probe.frame({ kind: 3 }), dropped('unwanted')),
        send(probe.frame({ kind: 5 }), toController('odd')),
        send(probe.frame({ kind: 4 }), toController('first_seen')),
        send(probe.frame({ kind: 6 }), passed()),
        send(probe.frame({ kind: 7 }), dropped('unknown_kind')),
        send(probe.frame({ kind: 3 }), dropped('unwanted')),
        holds({ drops: { unwanted: 2, unknown_kind: 1 } }),
      ],
    };
  })(),
  {
    name: 'what was changed leaves with the controller’s and the host’s packets too',
    program: ipProgram((p, { ethernet, ipv4 }) => () => {
      ethernet.dst.set(0x0200_0000_0099n);
      p.when(
        ipv4.isValid(),
        () => p.toController('ipv4'),
        () => p.pass(),
      );
    }),
    steps: [
      send(
        packet().eth().ipv4().build(),
        toController('ipv4', packet().eth({ dst: '02:00:00:00:00:99' }).ipv4().build()),
      ),
      send(packet().eth().arp().build(), passed(packet().eth({ dst: '02:00:00:00:00:99' }).arp().build())),
    ],
  },
  {
    name: 'a frame shorter than an Ethernet header is dropped unseen',
    program: ipProgram((p) => {
      const seen = p.counter('seen', 1);
      return () => {
        seen.count(0);
        p.forward(1);
      };
    }),
    steps: [
      send(new Uint8Array(0), dropped(RUNT_FRAME)),
      send(packet().eth().build().slice(0, 13), dropped(RUNT_FRAME)),
      send(packet().eth().build(), forwarded(1)),
      holds({ drops: { [RUNT_FRAME]: 2 }, counters: { seen: [{ packets: 1n, bytes: 14n }] } }),
    ],
  },
];

/** Counts down in the packet itself; recirculates while the count is above 0. */
function countdown(recirculationsMax: number): SemanticsCase['program'] {
  return countdownProbe.program((p, { count, passes, total }) => {
    const variable = p.variable('passed_before', bits(8));
    return () => {
      total.set(total.plus(p.recirculations));
      passes.set(passes.plus(1).plus(variable));
      variable.set(100);
      p.when(count.eq(0), () => p.forward(1));
      count.set(count.minus(1));
      p.recirculate(recirculationsMax);
    };
  });
}
const countdownProbe = new Probe({ count: 8, passes: 8, total: 8 });

const recirculation: readonly SemanticsCase[] = [
  {
    name: 'a packet runs again with its changes, fresh variables and a counter of its passes',
    program: countdown(3),
    steps: [
      send(countdownProbe.frame({ count: 0 }), forwarded(1, countdownProbe.frame({ passes: 1 }))),
      send(countdownProbe.frame({ count: 3 }), forwarded(1, countdownProbe.frame({ passes: 4, total: 6 }))),
    ],
  },
  {
    name: 'one recirculation more than the bound drops the packet',
    program: countdown(3),
    steps: [
      send(countdownProbe.frame({ count: 4 }), dropped(RECIRCULATION_LIMIT)),
      send(countdownProbe.frame({ count: 3 }), forwarded(1, countdownProbe.frame({ passes: 4, total: 6 }))),
      holds({ drops: { [RECIRCULATION_LIMIT]: 1 } }),
    ],
  },
  {
    name: 'a bound of none drops whatever recirculates',
    program: countdown(0),
    steps: [
      send(countdownProbe.frame({ count: 1 }), dropped(RECIRCULATION_LIMIT)),
      send(countdownProbe.frame({ count: 0 }), forwarded(1, countdownProbe.frame({ passes: 1 }))),
    ],
  },
  {
    name: 'a header pushed in one pass is parsed in the next, and the length counts it',
    program: ipProgram((p, { ethernet, vlan }) => {
      const tag = p.added('tag', vlanHeader, { before: 'vlan' });
      const lengths = p.register('lengths', { bytes: bits(16) }, 2);
      return () => {
        lengths.at(p.recirculations.slice(0, 0)).update(({ bytes }) => bytes.set(p.packetLength));
        p.when(vlan.isValid(), () => p.forward(vlan.vid));
        p.push(tag);
        tag.vid.set(77);
        tag.etherType.set(ethernet.etherType);
        ethernet.etherType.set(EtherType.Vlan);
        p.recirculate(1);
      };
    }),
    steps: [
      send(packet().eth().ipv4().build(), forwarded(77, packet().eth().vlan({ vid: 77 }).ipv4().build())),
      holds({ registers: { lengths: [[34n], [38n]] } }),
    ],
  },
];

/** Tags each copy with its replica id, if it has one; drops those to ports above 9. */
function tagging(): Program {
  return program('semantics', (p) => {
    const { ethernet, vlan, ipv4 } = p.parse(ipFormat);
    const tag = p.added('tag', vlanHeader, { before: 'vlan' });
    p.ingress(() => {
      ethernet.src.set(0x0200_0000_00aan);
      p.when(
        ipv4.isValid(),
        () => p.multicast(ipv4.identification),
        () => p.forward(3),
      );
    });
    p.egress(() => {
      p.when(p.egressPort.gt(9), () => p.drop('no_egress'));
      ethernet.dst.set(p.egressPort.extend(48));
      p.when(p.replica.eq(0), () => p.emit());
      p.when(vlan.isValid(), () => p.drop('tagged_twice'));
      p.push(tag);
      tag.vid.set(p.replica.slice(11, 0));
      tag.etherType.set(ethernet.etherType);
      ethernet.etherType.set(EtherType.Vlan);
      p.emit();
    });
  });
}

const SRC = '02:00:00:00:00:aa';
const egressCopies: readonly Copy[] = [
  {
    port: 1,
    replica: 5,
    expect: emitted(packet().eth({ src: SRC, dst: 1 }).vlan({ vid: 5 }).ipv4({ identification: 7 }).build()),
  },
  {
    port: 2,
    replica: 0xf006,
    expect: emitted(packet().eth({ src: SRC, dst: 2 }).vlan({ vid: 6 }).ipv4({ identification: 7 }).build()),
  },
  { port: 10, replica: 5, expect: dropped('no_egress') },
  {
    port: 1,
    replica: 0,
    expect: emitted(packet().eth({ src: SRC, dst: 1 }).ipv4({ identification: 7 }).build()),
  },
];

/** Takes Ethernet off, so that next to nothing is left for whoever sees the packet next. */
function stripping(end: (p: ProgramBuilder) => void): () => Program {
  return () =>
    program('semantics', (p) => {
      const { ethernet } = p.parse(ipFormat);
      p.ingress(() => {
        p.pop(ethernet);
        end(p);
      });
      p.egress(() => p.emit());
    });
}
const rest = new TextEncoder().encode('rest');

const stripped: readonly SemanticsCase[] = [
  {
    name: 'a packet that has become too short is a runt for the egress part',
    program: stripping((p) => p.forward(1)),
    steps: [
      send(packet().eth().payload(rest).build(), forwarded(1, rest), {
        copies: [{ port: 1, expect: dropped(RUNT_FRAME) }],
      }),
      send(
        packet().eth().payload('fourteen bytes').build(),
        forwarded(1, new TextEncoder().encode('fourteen bytes')),
        {
          copies: [{ port: 1, expect: emitted() }],
        },
      ),
    ],
  },
  {
    name: 'a packet that has become too short is a runt when it recirculates',
    program: stripping((p) => p.recirculate(3)),
    steps: [
      send(packet().eth().payload(rest).build(), dropped(RUNT_FRAME)),
      holds({ drops: { [RUNT_FRAME]: 1 } }),
    ],
  },
];

const egress: readonly SemanticsCase[] = [
  ...stripped,
  {
    name: 'each copy of a multicast is changed on its own, by its port and replica',
    program: tagging,
    steps: [
      send(
        packet().eth().ipv4({ identification: 7 }).build(),
        multicast(7, packet().eth({ src: SRC }).ipv4({ identification: 7 }).build()),
        { copies: egressCopies },
      ),
      holds({ drops: { no_egress: 1 } }),
    ],
  },
  {
    name: 'a packet that is forwarded has replica 0, and is parsed as it left the ingress part',
    program: tagging,
    steps: [
      send(
        packet().eth().vlan().arp().build(),
        forwarded(3, packet().eth({ src: SRC }).vlan().arp().build()),
        {
          copies: [
            { port: 3, expect: emitted(packet().eth({ src: SRC, dst: 3 }).vlan().arp().build()) },
            { port: 3, replica: 1, expect: dropped('tagged_twice') },
          ],
        },
      ),
    ],
  },
  {
    name: 'without an egress part a copy leaves as it is',
    program: ipProgram((p) => () => p.forward(1)),
    steps: [
      send(packet().eth().arp().build(), forwarded(1), {
        copies: [{ port: 1, replica: 3, expect: emitted() }],
      }),
    ],
  },
  {
    name: 'the egress part sees time and the length that the packet has by then',
    program: () =>
      program('semantics', (p) => {
        const { ethernet } = p.parse(ipFormat);
        const tag = p.added('tag', vlanHeader, { before: 'vlan' });
        p.ingress(() => {
          p.push(tag);
          p.forward(1);
        });
        p.egress(() => {
          ethernet.src.set(p.packetLength.extend(48));
          ethernet.dst.set(p.now);
          p.emit();
        });
      }),
    steps: [
      send(
        packet().eth({ etherType: 0x88b5 }).payload('0123456789').build(),
        forwarded(
          1,
          packet().eth({ etherType: 0x88b5 }).vlan({ vid: 0, etherType: 0 }).payload('0123456789').build(),
        ),
        {
          now: 2 ** 48 + 3,
          copies: [
            {
              port: 1,
              expect: emitted(
                packet()
                  .eth({ src: 28, dst: 3, etherType: 0x88b5 })
                  .vlan({ vid: 0, etherType: 0 })
                  .payload('0123456789')
                  .build(),
              ),
            },
          ],
        },
      ),
    ],
  },
];

export const outcomeAreas: readonly SemanticsArea[] = [
  { area: 'outcomes', cases: outcomes },
  { area: 'recirculation', cases: recirculation },
  { area: 'egress', cases: egress },
];
