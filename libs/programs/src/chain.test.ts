import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interpretTarget, jsTarget } from '@ballast/pipeline';
import { PEGASUS_PORT, PegasusFlag, PegasusOp, PegasusStatus } from '@ballast/wire';
import {
  ALL_LIVE,
  CLIENT_IP,
  CLIENT_PORT,
  CLIENT_UDP_PORT,
  DirectoryRig,
  EPOCH,
  FIRST_VERSION,
  INCARNATION,
  keyWithHome,
  type Message,
  type Sent,
  serverIp,
  SERVERS,
  VIP,
} from '../test/directory-rig.ts';
import { DirectoryMode } from './pegasus.ts';

const { Get, Put, Delete, GetReply, WriteReply, ChainForward } = PegasusOp;
const { Ok, NotFound, Retry, WrongEpoch } = PegasusStatus;
const UPLINK = 20;
const TAIL_VIP = 0x0aff_0101;
const TAIL_MAC = 0x02_00_00_00_ff_fe;
const HOT = keyWithHome(2);
const GENERATION = 11;
const COMPLETED = FIRST_VERSION + 100n;
/** Of another rack's switch: nothing that this one would stamp. */
const HEAD_VERSION = 9n << 48n;

type Place = 'alone' | 'head' | 'tail';

for (const target of [interpretTarget, jsTarget]) {
  const name = (what: string): string => `chain on ${target.name}: ${what}`;

  const rigOf = (place: Place): DirectoryRig => {
    const rig = new DirectoryRig(target, { isChained: true });
    const next = place === 'head' ? TAIL_VIP : 0;
    rig.set('chain', 0, [place === 'tail' ? 1 : 0, place === 'head' ? 1 : 0, UPLINK, next]);
    rig.addHost(TAIL_VIP, UPLINK, TAIL_MAC);
    rig.install({ keyHash: HOT, generation: GENERATION, completed: COMPLETED, replicas: 0b1001 });
    return rig;
  };

  /** What a server of the head sends in the place of a reply. */
  const pass = (rig: DirectoryRig, server: number, values: Partial<Message> = {}): Sent => {
    const path = { src: CLIENT_IP, dst: VIP, srcPort: CLIENT_UDP_PORT, dstPort: PEGASUS_PORT };
    const own = { server, serverIncarnation: INCARNATION, load: 1, generation: GENERATION };
    const message = { op: ChainForward, keyHash: HOT, epoch: EPOCH, clientId: 1, ...own, ...values };
    return rig.send(message, path, server);
  };

  /** What comes in at the tail. */
  const takeIn = (rig: DirectoryRig, values: Partial<Message> = {}, port = UPLINK, dst = VIP): Sent => {
    const path = { src: CLIENT_IP, dst, srcPort: CLIENT_UDP_PORT, dstPort: PEGASUS_PORT };
    const foreign = { epoch: EPOCH + 7, server: 3, generation: 99, flags: PegasusFlag.OtherKey, load: 9 };
    const message = { op: ChainForward, clientId: 1, version: HEAD_VERSION, ...foreign, ...values };
    return rig.send({ keyHash: HOT, ...message }, path, port);
  };

  const versionOf = ({ pegasus }: Sent): bigint =>
    (BigInt(pegasus.versionIncarnation) << 48n) | BigInt(pegasus.versionCounter);

  test(name('a rack that is alone marks nothing and refuses nothing'), () => {
    const rig = rigOf('alone');
    for (const op of [Get, Put, Delete]) {
      const { outcome, pegasus } = rig.request({ op, keyHash: keyWithHome(1) });
      assert.deepEqual([outcome, pegasus.flags], ['forward 1', 0]);
    }
    assert.equal(rig.get('next_version')[0], FIRST_VERSION + 2n);
    assert.equal(takeIn(rig).outcome, 'drop control_from_outside');
    assert.equal(pass(rig, 1).outcome, 'drop no_route');
  });

  test(name('the head stamps and marks writes, and sends readers to the tail'), () => {
    const rig = rigOf('head');
    for (const op of [Put, Delete]) {
      const sent = rig.request({ op, keyHash: keyWithHome(1), flags: PegasusFlag.ToHome });
      assert.deepEqual([sent.outcome, sent.pegasus.flags], ['forward 1', PegasusFlag.Chained]);
    }
    assert.equal(rig.get('next_version')[0], FIRST_VERSION + 2n);
    const { outcome, pegasus } = rig.request({ op: Get, keyHash: HOT });
    assert.deepEqual([outcome, pegasus.op, pegasus.status], [`forward ${CLIENT_PORT}`, GetReply, Retry]);
    assert.equal(rig.request({ op: Get, epoch: EPOCH + 1 }).pegasus.status, WrongEpoch);
  });

  test(name('a write that a server of the head sends home is marked again'), () => {
    const path = { src: CLIENT_IP, dst: VIP, srcPort: CLIENT_UDP_PORT, dstPort: PEGASUS_PORT };
    const { outcome, pegasus } = rigOf('head').send(
      { op: Put, keyHash: HOT, epoch: EPOCH, flags: PegasusFlag.ToHome },
      path,
      1,
    );
    assert.deepEqual([outcome, pegasus.flags], ['forward 2', PegasusFlag.ToHome | PegasusFlag.Chained]);
  });

  test(name('what a server passes on moves the directory as a reply does, and goes to the tail'), () => {
    const rig = rigOf('head');
    const { outcome, path, pegasus } = pass(rig, 1, { version: COMPLETED + 1n });
    assert.equal(outcome, `forward ${UPLINK}`);
    assert.deepEqual([path.srcIp, path.srcPort], [CLIENT_IP, CLIENT_UDP_PORT], 'the client stays its sender');
    assert.deepEqual([path.dstIp, path.dstMac], [TAIL_VIP, TAIL_MAC]);
    assert.equal(pegasus.op, ChainForward);
    assert.deepEqual(rig.get('entries'), [BigInt(GENERATION), COMPLETED + 1n, 0b0010n]);
    pass(rig, 3, { version: COMPLETED + 1n, status: NotFound });
    assert.deepEqual(rig.get('entries'), [BigInt(GENERATION), COMPLETED + 1n, 0b1010n]);
    pass(rig, 0, { version: COMPLETED });
    assert.deepEqual(rig.get('entries'), [BigInt(GENERATION), COMPLETED + 1n, 0b1010n]);
  });

  test(name('what a server that is not live, or of an earlier start, passes on goes nowhere'), () => {
    const rig = rigOf('head');
    const before = rig.get('entries');
    const newer = { version: COMPLETED + 1n };
    assert.equal(pass(rig, 1, { ...newer, serverIncarnation: 2 }).outcome, 'drop sender_not_live');
    rig.begin(EPOCH, ALL_LIVE & ~0b10);
    assert.equal(pass(rig, 1, newer).outcome, 'drop sender_not_live');
    assert.deepEqual(rig.get('entries'), before);
  });

  test(
    name('about another key of the hash it leaves the directory alone; of another generation adds nobody'),
    () => {
      const rig = rigOf('head');
      pass(rig, 1, { version: COMPLETED + 1n, flags: PegasusFlag.OtherKey });
      assert.deepEqual(rig.get('entries'), [BigInt(GENERATION), COMPLETED, 0b1001n]);
      pass(rig, 1, { version: COMPLETED + 1n, generation: 3 });
      assert.deepEqual(rig.get('entries'), [BigInt(GENERATION), COMPLETED + 1n, 0b0100n]);
    },
  );

  test(name('the tail makes a write of it, keeps its version, and routes it as its own'), () => {
    const rig = rigOf('tail');
    for (const [status, op] of [
      [Ok, Put],
      [NotFound, Delete],
    ] as const) {
      const cold = takeIn(rig, { keyHash: keyWithHome(1), status });
      assert.deepEqual(
        [cold.outcome, cold.path.dstIp, cold.path.srcIp],
        ['forward 1', serverIp(1), CLIENT_IP],
      );
      const { pegasus } = cold;
      assert.deepEqual([pegasus.op, pegasus.status, pegasus.flags, pegasus.epoch], [op, Ok, 0, EPOCH]);
      assert.equal(versionOf(cold), HEAD_VERSION);
    }
    const hot = takeIn(rig);
    assert.equal(hot.pegasus.generation, GENERATION);
    // By the request, as any write of a hot key.
    const writers = [1n, 2n, 3n, 4n, 5n, 6n].map((requestId) => takeIn(rig, { requestId }).outcome);
    assert.ok(new Set(writers).size > 1, writers.join());
    assert.equal(rig.get('next_version')[0], FIRST_VERSION, 'it stamps nothing');
    assert.deepEqual(rig.get('entries'), [BigInt(GENERATION), COMPLETED, 0b1001n], 'not before it is done');
  });

  test(name('the tail refuses to the client what it cannot execute now'), () => {
    const rig = rigOf('tail');
    const closing = { keyHash: keyWithHome(0, 7n), entry: 1, replicas: 1 };
    rig.install({ ...closing, mode: DirectoryMode.ReadsOnly });
    const { outcome, pegasus, path } = takeIn(rig, { keyHash: closing.keyHash });
    assert.deepEqual([outcome, pegasus.op, pegasus.status], [`forward ${CLIENT_PORT}`, WriteReply, Retry]);
    assert.deepEqual([path.srcIp, path.dstIp, path.dstPort], [VIP, CLIENT_IP, CLIENT_UDP_PORT]);
  });

  test(name('the tail takes writes of its head only, by the uplink, for its own address'), () => {
    const rig = rigOf('tail');
    for (const op of [Put, Delete]) {
      const { outcome, pegasus } = rig.request({ op, keyHash: keyWithHome(1) });
      assert.deepEqual([outcome, pegasus.op, pegasus.status], [`forward ${CLIENT_PORT}`, WriteReply, Retry]);
    }
    assert.equal(takeIn(rig, {}, CLIENT_PORT).outcome, 'drop control_from_outside');
    assert.equal(takeIn(rig, {}, UPLINK, TAIL_VIP).outcome, 'drop control_from_outside');
    assert.equal(rig.request({ op: Get, keyHash: keyWithHome(1) }).outcome, 'forward 1');
  });

  test(name('a write that a server of the tail sends home keeps its version, too'), () => {
    const path = { src: CLIENT_IP, dst: VIP, srcPort: CLIENT_UDP_PORT, dstPort: PEGASUS_PORT };
    const values = { op: Put, keyHash: HOT, epoch: EPOCH, flags: PegasusFlag.ToHome, version: HEAD_VERSION };
    const sent = rigOf('tail').send(values, path, SERVERS - 1);
    assert.deepEqual([sent.outcome, versionOf(sent)], ['forward 2', HEAD_VERSION]);
  });
}
