/** Racks that lack one rule of how ranges of the ring move. */
import { PegasusOp } from '@ballast/wire';
import { deafTo, type FailureMutant, without } from './failure-mutants.ts';
import {
  heatDuringAMove,
  lateReadAtTheOldHome,
  moveGivenUp,
  moveGivenUpAfterARestart,
  moveOfAHotKey,
  repeatAfterTheMove,
  restartBehindTheTurn,
  thereAndBack,
  writeBehindTheTransfer,
} from './move-schedules.ts';
import { controller, server } from './mutants.ts';

export const moveMutants: readonly FailureMutant[] = [
  {
    name: 'the old home goes on writing a range that moves',
    parts: server({ refusesMovedWrite: () => false }),
    schedule: writeBehindTheTransfer,
  },
  {
    name: 'the old home answers reads of a range that it has forgotten',
    parts: server({ refusesMovedRead: () => false }),
    schedule: lateReadAtTheOldHome,
  },
  {
    name: 'executed requests stay behind when their range moves',
    parts: server({ movesAlong: () => [] }),
    schedule: repeatAfterTheMove,
  },
  {
    name: 'a late message of a move that is over is obeyed',
    parts: server({ isOver: () => false }),
    schedule: thereAndBack,
  },
  {
    name: 'a server that gets a range back goes on refusing it',
    parts: deafTo(PegasusOp.Accept),
    schedule: thereAndBack,
  },
  {
    name: 'a server that keeps its range goes on refusing it',
    parts: deafTo(PegasusOp.Keep),
    schedule: moveGivenUp,
  },
  {
    name: 'a key is hot while its range moves',
    parts: controller({ coolsBeforeMove: false }),
    schedule: moveOfAHotKey,
  },
  {
    name: 'a key becomes hot while its range moves',
    parts: controller({ promotesWhileMoving: true }),
    schedule: heatDuringAMove,
  },
  {
    name: 'the journal does not say that a range is about to move',
    parts: without('move'),
    schedule: moveGivenUpAfterARestart,
  },
  {
    name: 'the journal does not say that the switch turns to the new home',
    parts: without('turn'),
    schedule: restartBehindTheTurn,
  },
];
