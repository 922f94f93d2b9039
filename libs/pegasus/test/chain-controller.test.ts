/** The controller of a rack in a chain: what it gives out and remembers when the other rack is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ChainPlace,
  ControllerLedger,
  type DirectoryCommand,
  type IncarnationCounter,
  type LedgerRecord,
  PegasusController,
} from '../src/index.ts';
import { CONTROLLER_IP, GATEWAY_MAC, pool, SERVER_IPS } from './frames.ts';

const PING_NS = 10 ** 12;

interface Rig {
  readonly controller: PegasusController;
  readonly records: LedgerRecord[];
  commands(): DirectoryCommand[];
}

function founding(place: ChainPlace): LedgerRecord[] {
  return [
    { kind: 'switch', incarnation: 1, epoch: 1 },
    { kind: 'chain', place, incarnation: 1 },
    { kind: 'member', server: 0, status: 'live', incarnation: 1, epoch: 1 },
  ];
}

/** A controller that starts from these records, which it adds to. */
function makeRig(records: LedgerRecord[], incarnations: IncarnationCounter): Rig {
  const controller = new PegasusController({
    ip: CONTROLLER_IP,
    mac: 7,
    gatewayMac: GATEWAY_MAC,
    serverIps: SERVER_IPS.slice(0, 1),
    homeOf: () => 0,
    startNs: 0,
    epochNs: 10_000,
    hotKeysMax: 2,
    transitionsMax: 4,
    retryNs: 300,
    pingNs: PING_NS,
    missedPingsMax: 3,
    journal: {
      append: (record) => void records.push(record),
      rewrite: () => assert.fail('a short test fills no journal'),
    },
    records: [...records],
    incarnations,
    popularity: {
      estimator: 'sampling',
      sampleRatio: 10,
      samplesMin: 4,
      requestsMin: 40,
      hysteresis: 1.5,
      decay: 0.5,
    },
    pool,
  });
  const commands = (): DirectoryCommand[] => {
    const taken: DirectoryCommand[] = [];
    controller.drainCommands((_id, command) => void taken.push(command));
    return taken;
  };
  return { controller, records, commands };
}

test('chain controller: a rack that is left alone stamps above all that either rack has stamped', () => {
  const incarnations = { last: 0 };
  const head = makeRig(founding('head'), incarnations);
  const tail = makeRig(founding('tail'), incarnations);
  head.controller.switchStarted();
  head.controller.switchStarted();
  const ofHead = head.commands().map((command) => (command.kind === 'setUp' ? command.incarnation : 0));
  tail.controller.standAlone();
  const [given] = tail.commands().map((one) => (one.kind === 'standAlone' ? one.incarnation : 0));
  assert.ok(given! > Math.max(...ofHead, 1));
  assert.equal(incarnations.last, given);
});

test('chain controller: it is told once, whoever repeats it', () => {
  const { controller, commands, records } = makeRig(founding('tail'), { last: 0 });
  controller.standAlone();
  const journal = records.length;
  controller.standAlone();
  assert.deepEqual(
    commands().map(({ kind }) => kind),
    ['standAlone'],
  );
  assert.equal(records.length, journal);
});

test('chain controller: a switch that starts again gets its place, before and after', () => {
  for (const place of ['head', 'tail'] as const) {
    const { controller, commands } = makeRig(founding(place), { last: 0 });
    controller.switchStarted();
    controller.standAlone();
    controller.switchStarted();
    const places = commands().flatMap((command) => (command.kind === 'setUp' ? [command.chain] : []));
    assert.deepEqual(places, ['alone'], 'what was asked of the switch before is void');
    controller.switchStarted();
    assert.deepEqual(
      commands().flatMap((command) => (command.kind === 'setUp' ? [command.chain] : [])),
      ['alone'],
    );
  }
  const { controller, commands } = makeRig(founding('head'), { last: 0 });
  controller.switchStarted();
  assert.deepEqual(
    commands().flatMap((command) => (command.kind === 'setUp' ? [command.chain] : [])),
    ['head'],
  );
});

test('chain controller: one that crashed before the switch did it sets the switch up anew', () => {
  const incarnations = { last: 0 };
  const { controller, records } = makeRig(founding('tail'), incarnations);
  controller.standAlone();
  const next = makeRig(records, incarnations);
  let asked = -1;
  next.controller.drainCommands((id, { kind }) => {
    if (kind === 'readIncarnation') asked = id;
  });
  next.controller.commandDone(0, asked, { kind: 'incarnation', incarnation: 1 });
  const [setUp] = next.commands().filter(({ kind }) => kind === 'setUp');
  assert.ok(setUp?.kind === 'setUp' && setUp.chain === 'alone' && setUp.incarnation > 2);
});

test('chain controller: the summary of a long journal keeps its place', () => {
  let summary: readonly LedgerRecord[] = [];
  const journal = {
    append: () => undefined,
    rewrite: (all: readonly LedgerRecord[]) => void (summary = all),
  };
  const ledger = new ControllerLedger(journal, founding('tail'));
  for (let i = 0; i < 5000; i++) ledger.write({ kind: 'rebalance', isWanted: false });
  const again = new ControllerLedger(journal, summary);
  assert.deepEqual([again.chainPlace, again.switchIncarnation], ['tail', 1]);
  ledger.write({ kind: 'chain', place: 'alone', incarnation: 6 });
  for (let i = 0; i < 5000; i++) ledger.write({ kind: 'rebalance', isWanted: false });
  const alone = new ControllerLedger(journal, summary);
  assert.deepEqual([alone.chainPlace, alone.switchIncarnation, alone.lastIncarnation], ['alone', 6, 6]);
});
