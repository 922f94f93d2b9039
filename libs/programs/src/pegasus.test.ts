import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interpretTarget, jsTarget } from '@ballast/pipeline';
import { packet, PEGASUS_PORT, PegasusFlag, PegasusOp, PegasusStatus } from '@ballast/wire';
import {
  ALL_LIVE,
  CLIENT_IP,
  CLIENT_MAC,
  CLIENT_PORT,
  CLIENT_UDP_PORT,
  CONTROLLER_PORT,
  DirectoryRig,
  EPOCH,
  FIRST_VERSION,
  INCARNATION,
  keyWithHome,
  type Message,
  type Sent,
  serverIp,
  serverMac,
  SERVERS,
  SWITCH_MAC,
  VIP,
} from '../test/directory-rig.ts';
import { DirectoryMode, SAMPLE_GROUPS } from './pegasus.ts';
import type { Selection } from './read-selection.ts';

const { Get, Put, Delete, GetReply, WriteReply, ReplicateAck, Replicate, Hold } = PegasusOp;
const targets = [interpretTarget, jsTarget];

/** A key that is hot in most cases; its home is server 2. */
const HOT = keyWithHome(2);
const GENERATION = 11;
const COMPLETED = FIRST_VERSION + 100n;
/** Servers 0 and 3 hold the newest version. */
const HOLDERS = 0b1001;
const ENTRY = 5;

function hotRig(
  target: (typeof targets)[number],
  options: { mode?: number; replicas?: number; selection?: Selection } = {},
): DirectoryRig {
  const { mode = DirectoryMode.Open, replicas = HOLDERS, selection = 'roundRobin' } = options;
  const rig = new DirectoryRig(target, { selection });
  rig.install({ keyHash: HOT, entry: ENTRY, generation: GENERATION, mode, completed: COMPLETED, replicas });
  return rig;
}

/** The version that a message carries, as the header's 64 bits. */
function versionOf({ pegasus }: Sent): bigint {
  return (BigInt(pegasus.versionIncarnation) << 48n) | BigInt(pegasus.versionCounter);
}

/** A request that the switch answers itself, not executed. */
function assertRefused(sent: Sent, op: PegasusOp, status: PegasusStatus): void {
  const { outcome, pegasus, path } = sent;
  assert.equal(outcome, `forward ${CLIENT_PORT}`);
  assert.deepEqual(
    { op: pegasus.op, status: pegasus.status, version: versionOf(sent), epoch: pegasus.epoch },
    { op, status, version: 0n, epoch: EPOCH },
  );
  assert.deepEqual([path.srcIp, path.dstIp], [VIP, CLIENT_IP]);
  assert.deepEqual([path.srcPort, path.dstPort], [PEGASUS_PORT, CLIENT_UDP_PORT]);
  assert.equal(path.dstMac, CLIENT_MAC);
}

for (const target of targets) {
  const name = (what: string): string => `pegasus on ${target.name}: ${what}`;

  test(name('a request of a cold key goes to the home of its hash, addressed to it'), () => {
    const rig = new DirectoryRig(target);
    for (const op of [Get, Put, Delete]) {
      for (let home = 0; home < SERVERS; home++) {
        const { outcome, path, pegasus } = rig.request({ op, keyHash: keyWithHome(home), generation: 99 });
        assert.equal(outcome, `forward ${home}`);
        assert.deepEqual([path.dstIp, path.dstMac], [serverIp(home), serverMac(home)]);
        assert.deepEqual([path.srcIp, path.srcMac], [CLIENT_IP, SWITCH_MAC]);
        assert.equal(pegasus.generation, 0, 'clients choose none');
      }
    }
    assert.equal(rig.count('hot_reads', 0) + rig.count('hot_writes', 0), 0);
  });

  test(name('every write takes a version above all before it, hot or cold; reads take none'), () => {
    const rig = hotRig(target);
    const writes = [Put, Delete, Put, Delete].map((op, i) =>
      rig.request({ op, keyHash: i < 2 ? HOT : keyWithHome(1), requestId: i, version: 77 }),
    );
    assert.deepEqual(
      writes.map(versionOf),
      [1n, 2n, 3n, 4n].map((n) => FIRST_VERSION + n),
    );
    rig.request({ op: Get, keyHash: HOT });
    assert.equal(rig.get('next_version')[0], FIRST_VERSION + 4n);
    assert.equal(rig.get('entries', ENTRY)[1], COMPLETED, 'a write moves nothing before it completes');
  });

  test(name('a read of a hot key goes to a holder under its generation, and is counted'), () => {
    const rig = hotRig(target);
    const reads = Array.from({ length: 6 }, () => rig.request({ op: Get, keyHash: HOT, generation: 99 }));
    assert.deepEqual(
      reads.map(({ outcome }) => outcome).sort(),
      [0, 0, 0, 3, 3, 3].map((port) => `forward ${port}`),
    );
    assert.ok(reads.every(({ pegasus }) => pegasus.generation === GENERATION));
    assert.equal(rig.count('hot_reads', ENTRY), 6);
    assert.equal(rig.count('hot_writes', ENTRY), 0);
  });

  test(
    name('a write of a hot key goes to the same server at every transmission, and over all servers'),
    () => {
      const rig = hotRig(target);
      const seen = new Set<string>();
      for (let requestId = 0; requestId < 40; requestId++) {
        const [first, again] = [0, 1].map(() => rig.request({ op: Put, keyHash: HOT, requestId }));
        assert.equal(first!.outcome, again!.outcome);
        assert.ok(versionOf(again!) > versionOf(first!));
        assert.equal(first!.pegasus.generation, GENERATION);
        seen.add(first!.outcome);
      }
      assert.equal(seen.size, SERVERS);
      assert.equal(rig.count('hot_writes', ENTRY), 80);
    },
  );

  test(name('writes and reads go to live servers only'), () => {
    const rig = hotRig(target);
    rig.begin(EPOCH + 1, ALL_LIVE & ~0b0001);
    for (let requestId = 0; requestId < 40; requestId++) {
      const message = { keyHash: HOT, requestId, epoch: EPOCH + 1 };
      assert.notEqual(rig.request({ op: Put, ...message }).outcome, 'forward 0');
      assert.equal(rig.request({ op: Get, ...message }).outcome, 'forward 3');
    }
    const { pegasus } = rig.request({ op: Get, keyHash: keyWithHome(0), epoch: EPOCH + 1 });
    assert.equal(pegasus.status, PegasusStatus.Unavailable);
    assert.equal(
      rig.get('entries', ENTRY)[2],
      BigInt(HOLDERS),
      'who is dead may come back with what it held',
    );
  });

  for (const { op, answer } of [
    { op: Get, answer: GetReply },
    { op: Put, answer: WriteReply },
    { op: Delete, answer: WriteReply },
  ]) {
    test(name(`op ${op} of another epoch is refused and takes no version`), () => {
      const rig = new DirectoryRig(target);
      for (const epoch of [EPOCH - 1, EPOCH + 1]) {
        assertRefused(rig.request({ op, keyHash: HOT, epoch, version: 5 }), answer, PegasusStatus.WrongEpoch);
      }
      assert.equal(rig.get('next_version')[0], FIRST_VERSION);
    });
  }

  const { Retry, Unavailable } = PegasusStatus;
  const { ReadsOnly, Closed, Moving } = DirectoryMode;
  const refusals = [
    { what: 'reads-only, a write', mode: ReadsOnly, op: Put, answer: WriteReply, status: Retry },
    { what: 'closed, a read', mode: Closed, op: Get, answer: GetReply, status: Unavailable },
    { what: 'closed, a write', mode: Closed, op: Delete, answer: WriteReply, status: Unavailable },
    { what: 'moving, a read', mode: Moving, op: Get, answer: GetReply, status: Retry },
    { what: 'moving, a write', mode: Moving, op: Put, answer: WriteReply, status: Retry },
  ];
  for (const { what, mode, op, answer, status } of refusals) {
    test(name(`of an entry that is ${what} is refused`), () => {
      assertRefused(hotRig(target, { mode }).request({ op, keyHash: HOT }), answer, status);
    });
  }

  test(name('of an entry that is reads-only, a read passes'), () => {
    const { outcome } = hotRig(target, { mode: ReadsOnly }).request({ op: Get, keyHash: HOT });
    assert.match(outcome, /^forward [03]$/);
  });

  test(name('a read of a key that nobody holds is refused'), () => {
    assertRefused(hotRig(target, { replicas: 0 }).request({ op: Get, keyHash: HOT }), GetReply, Unavailable);
  });

  const home = 0b0100;
  const weighings: {
    what: string;
    message: Partial<Message>;
    completed?: bigint;
    replicas: number;
  }[] = [
    {
      what: 'newer: it resets the set',
      message: { version: COMPLETED + 1n },
      completed: COMPLETED + 1n,
      replicas: 2,
    },
    { what: 'as new: it adds its sender', message: { version: COMPLETED }, replicas: HOLDERS | 2 },
    { what: 'older: it changes nothing', message: { version: COMPLETED - 1n }, replicas: HOLDERS },
    {
      what: 'newer by its incarnation, with a smaller counter',
      message: { version: FIRST_VERSION + (1n << 48n) },
      completed: FIRST_VERSION + (1n << 48n),
      replicas: 2,
    },
    {
      what: 'newer, of another generation: the set becomes home',
      message: { version: COMPLETED + 1n, generation: GENERATION - 1 },
      completed: COMPLETED + 1n,
      replicas: home,
    },
    {
      what: 'as new, of another generation: it adds nobody',
      message: { version: COMPLETED, generation: GENERATION + 1 },
      replicas: HOLDERS,
    },
    {
      what: 'as new, of no generation: it adds nobody',
      message: { version: COMPLETED, generation: 0 },
      replicas: HOLDERS,
    },
    {
      what: 'newer, about another key of the hash: nothing',
      message: { version: COMPLETED + 1n, flags: PegasusFlag.OtherKey },
      replicas: HOLDERS,
    },
    {
      what: 'newer, but no key was found there: it resets all the same',
      message: { version: COMPLETED + 1n, status: PegasusStatus.NotFound },
      completed: COMPLETED + 1n,
      replicas: 2,
    },
    {
      what: 'a refusal: nothing',
      message: { version: COMPLETED + 1n, status: PegasusStatus.Retry },
      replicas: HOLDERS,
    },
  ];
  for (const { what, message, completed = COMPLETED, replicas } of weighings) {
    test(name(`a reply that is ${what}`), () => {
      for (const op of [GetReply, WriteReply, ReplicateAck]) {
        const rig = hotRig(target);
        const sent = rig.reply(1, { op, keyHash: HOT, generation: GENERATION, ...message });
        assert.equal(sent.outcome, `forward ${CLIENT_PORT}`, 'it is delivered whatever it says');
        assert.deepEqual(rig.get('entries', ENTRY), [BigInt(GENERATION), completed, BigInt(replicas)]);
        // Clients know the rack's address only; an acknowledgement is for a server.
        assert.equal(sent.path.srcIp, op === ReplicateAck ? serverIp(1) : VIP);
        assert.equal(sent.path.dstMac, CLIENT_MAC);
      }
    });
  }

  test(name('a copy on its way from server to server moves nothing'), () => {
    const rig = hotRig(target);
    const message = { op: Replicate, keyHash: HOT, generation: GENERATION, version: COMPLETED + 1n };
    assert.equal(rig.reply(1, message, serverIp(3)).outcome, 'forward 3');
    assert.equal(rig.get('entries', ENTRY)[1], COMPLETED);
  });

  test(name('a request sent home goes there past the directory, but only from inside'), () => {
    const rig = hotRig(target);
    const message = { op: Get, keyHash: HOT, epoch: EPOCH, clientId: 1, flags: PegasusFlag.ToHome };
    const path = { src: CLIENT_IP, dst: VIP, srcPort: CLIENT_UDP_PORT, dstPort: PEGASUS_PORT };
    const inside = rig.send(message, path, 1);
    assert.equal(inside.outcome, 'forward 2');
    assert.equal(inside.pegasus.generation, 0);
    const outside = rig.request(message);
    assert.match(outside.outcome, /^forward [03]$/);
    assert.equal(outside.pegasus.flags, 0);
    assert.equal(rig.count('hot_reads', ENTRY), 1);
  });

  test(name('a reply of a server that is not live is dropped before it can move the directory'), () => {
    const rig = hotRig(target);
    const message = { op: GetReply, keyHash: HOT, generation: GENERATION, version: COMPLETED + 1n };
    const refused = [
      () => rig.reply(1, { ...message, serverIncarnation: INCARNATION - 1 }),
      () => rig.reply(1, { ...message, serverIncarnation: INCARNATION + 1 }),
      () => rig.reply(1, { ...message, server: 33 }),
      () => {
        rig.begin(EPOCH, ALL_LIVE & ~0b0010);
        return rig.reply(1, message);
      },
    ];
    for (const send of refused) {
      assert.equal(send().outcome, 'drop sender_not_live');
      assert.deepEqual(rig.get('entries', ENTRY), [BigInt(GENERATION), COMPLETED, BigInt(HOLDERS)]);
      assert.equal(rig.get('reported', 1)[0], 0n);
    }
  });

  test(name('outsiders send requests only'), () => {
    const rig = hotRig(target);
    for (const op of [GetReply, WriteReply, Replicate, ReplicateAck, Hold, PegasusOp.ForgetAck]) {
      const message = { op, keyHash: HOT, generation: GENERATION, version: COMPLETED + 1n };
      const path = { src: serverIp(1), dst: serverIp(2), srcPort: PEGASUS_PORT, dstPort: PEGASUS_PORT };
      const forged = { ...message, server: 1, serverIncarnation: INCARNATION };
      assert.equal(rig.send(forged, path, CLIENT_PORT).outcome, 'drop control_from_outside');
    }
    assert.equal(rig.get('entries', ENTRY)[1], COMPLETED);
    const hold = { op: Hold, keyHash: HOT };
    const path = { src: CLIENT_IP, dst: serverIp(2), srcPort: PEGASUS_PORT, dstPort: PEGASUS_PORT };
    assert.equal(rig.send(hold, path, CONTROLLER_PORT).outcome, 'forward 2');
  });

  test(name('what is no Pegasus message, no IPv4, or for nobody, is dropped with its reason'), () => {
    const rig = new DirectoryRig(target);
    const udp = (dst: string, dstPort = PEGASUS_PORT) =>
      packet().eth({}).ipv4({ src: '10.1.0.1', dst }).udp({ srcPort: 1, dstPort });
    const vip = '10.255.0.1';
    const dropped: [string, Uint8Array][] = [
      ['not_pegasus', udp(vip).pegasus({ op: Get, magic: 0x1234 }).build()],
      ['not_pegasus', udp(vip).pegasus({ op: Get, format: 9 }).build()],
      ['not_ipv4', packet().eth({}).ipv6({}).udp({ dstPort: PEGASUS_PORT }).build()],
      ['not_ipv4', packet().eth({}).arp({}).padTo(60).build()],
      ['no_route', udp('10.9.9.9', 53).build()],
    ];
    for (const [reason, bytes] of dropped)
      assert.equal(rig.process(bytes, CLIENT_PORT).outcome, `drop ${reason}`);
    assert.equal(rig.process(udp('10.0.1.2', 53).build(), CLIENT_PORT).outcome, 'forward 1');
  });

  test(name('a sampled request goes to the group of its server, about as often as asked for'), () => {
    const rig = new DirectoryRig(target, { sampleBelow: 0x4000 });
    rig.install({ keyHash: HOT, replicas: 0b0001 });
    let sampled = 0;
    for (let i = 0; i < 400; i++) {
      const server = i % SERVERS;
      const { outcome, path } = rig.request({ op: Get, keyHash: keyWithHome(server, 9n) });
      assert.ok([`forward ${server}`, `multicast ${SAMPLE_GROUPS + server}`].includes(outcome), outcome);
      assert.equal(path.dstIp, serverIp(server));
      if (outcome.startsWith('multicast')) sampled++;
      assert.equal(rig.request({ op: Get, keyHash: HOT, requestId: i }).outcome, 'forward 0');
    }
    assert.ok(sampled > 70 && sampled < 130, `${sampled} of 400 at one in four`);
  });

  test(name('a request of a cold key whose home is not live is refused'), () => {
    const rig = new DirectoryRig(target, { sampleBelow: 0xffff });
    rig.begin(EPOCH, ALL_LIVE & ~0b0001, 0xffff);
    assertRefused(rig.request({ op: Put, keyHash: keyWithHome(0) }), WriteReply, Unavailable);
    assert.equal(rig.get('load', 0)[0], 0n);
  });

  test(
    name('the queue of a server: up by each request, down by each answer, nothing when it is idle'),
    () => {
      const rig = new DirectoryRig(target);
      const keyHash = keyWithHome(1);
      const depth = (): bigint => rig.get('load', 1)[0]!;
      for (let i = 0; i < 5; i++) rig.request({ op: Get, keyHash });
      assert.equal(depth(), 5n);
      rig.reply(1, { op: GetReply, keyHash, load: 9 });
      assert.equal(depth(), 4n);
      rig.reply(1, { op: ReplicateAck, keyHash, load: 0 });
      assert.equal(depth(), 4n, 'a copy was no request');
      assert.equal(rig.get('reported', 1)[0], 9n);
      rig.reply(1, { op: WriteReply, keyHash, load: 0 });
      assert.equal(depth(), 0n);
      rig.reply(1, { op: WriteReply, keyHash, load: 3 });
      assert.equal(depth(), 0n, 'it does not wrap around');
    },
  );

  // Servers 0, 1 and 3 hold the key; their queues, as estimated and as reported, are opposites.
  const selections: { selection: Selection; expect: readonly number[] }[] = [
    { selection: 'roundRobin', expect: [1, 3, 0, 1, 3, 0] },
    // The pairs are (1, 3), (3, 0), (0, 1) in turn.
    { selection: 'leastQueueOfTwo', expect: [1, 0, 0, 1, 0, 0] },
    { selection: 'reportedLoad', expect: [3, 3, 1, 3, 3, 1] },
  ];
  for (const { selection, expect } of selections) {
    test(name(`selection ${selection}`), () => {
      const rig = hotRig(target, { selection, replicas: 0b1011 });
      for (const [server, depth] of [100, 200, 0, 300].entries()) {
        rig.set('load', server, [depth]);
        rig.set('reported', server, [400 - depth]);
      }
      const chosen = expect.map(() => rig.request({ op: Get, keyHash: HOT }).outcome);
      assert.deepEqual(
        chosen,
        expect.map((server) => `forward ${server}`),
      );
    });
  }

  test(name('selection leastQueueOfTwo, with equal queues, is round robin'), () => {
    const rig = hotRig(target, { selection: 'leastQueueOfTwo', replicas: 0b1011 });
    const chosen = Array.from({ length: 6 }, () => {
      for (let server = 0; server < SERVERS; server++) rig.set('load', server, [7]);
      return rig.request({ op: Get, keyHash: HOT }).outcome;
    });
    assert.deepEqual(
      chosen,
      [1, 3, 0, 1, 3, 0].map((server) => `forward ${server}`),
    );
  });

  test(name('selection random: every holder, and no other'), () => {
    const rig = hotRig(target, { selection: 'random', replicas: 0b1011 });
    const chosen = new Set(Array.from({ length: 300 }, () => rig.request({ op: Get, keyHash: HOT }).outcome));
    assert.deepEqual([...chosen].sort(), ['forward 0', 'forward 1', 'forward 3']);
  });
}
