/** The semantics suite itself: that it fails where a target differs, and says how. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packet } from '@ballast/wire';
import {
  ALL_LABELS,
  conditionLabels,
  expressionLabels,
  statementLabels,
  TABLE_HIT,
  TABLE_MISS,
  updateLabels,
} from '../src/fuzz/labels.ts';
import { MUTANTS } from '../src/fuzz/mutants/fuzz-mutants.ts';
import { WrappedInstance } from '../src/fuzz/mutants/mutant.ts';
import {
  type Instance,
  interpretTarget,
  jsTarget,
  type Outcome,
  type Program,
  type Target,
  type UpdateStatement,
} from '../src/index.ts';
import { visitBlock } from '../src/lower/walk.ts';
import { dropped, emitted, forwarded, holds, type SemanticsCase, send } from '../testing/semantics/case.ts';
import { SEMANTICS } from '../testing/semantics/describe-semantics.ts';
import { ipProgram } from '../testing/semantics/formats.ts';
import { runCase, SemanticsMismatch } from '../testing/semantics/run-case.ts';

const program = ipProgram((p, { ipv4 }) => {
  const seen = p.counter('seen', 1);
  return () => {
    seen.count(0);
    p.when(ipv4.isValid().not(), () => p.drop('not_ipv4'));
    ipv4.ttl.set(ipv4.ttl.minus(1));
    p.forward(3);
  };
});
const before = packet().eth().ipv4({ ttl: 9 }).udp().build();
const after = packet().eth().ipv4({ ttl: 8 }).udp().build();
const right: SemanticsCase = { name: 'right', program, steps: [send(before, forwarded(3, after))] };

class CountingNothing extends WrappedInstance {
  override get drops(): number[] {
    return this.program.dropReasons.map(() => 0);
  }
}

class WritingTooFar extends WrappedInstance {
  override process(...[frame, port, now]: Parameters<Instance['process']>): Outcome {
    frame.bytes[frame.start + frame.length] = 0;
    return super.process(frame, port, now);
  }
}

/** The interpreter in a wrap. */
function wrapped(Wrap: typeof CountingNothing | typeof WritingTooFar): Target {
  return {
    name: 'wrapped',
    load: (loaded, options) => new Wrap(interpretTarget.load(loaded, options)),
  };
}

function mismatch(run: () => void): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof SemanticsMismatch, String(error));
    return error.message;
  }
  return assert.fail('no mismatch');
}

test('semantics suite: what is right passes', () => {
  runCase(interpretTarget, right);
});

test('semantics suite: frames that differ are shown as text, with the fields in which they differ', () => {
  const wrong = packet().eth().ipv4({ ttl: 7 }).udp().build();
  const message = mismatch(() =>
    runCase(interpretTarget, { name: 'wrong', program, steps: [send(before, forwarded(3, wrong))] }),
  );
  assert.match(message, /^interpret, step 0:\npacket {4}02:00:00:00:00:01 > .*ttl 9.*UDP/);
  assert.match(message, /\nexpected {2}02:.*ttl 7/);
  assert.match(message, /\nactual {4}02:.*ttl 8/);
  assert.match(message, /\n0x0000: {2}0200 0000 0002/);
  assert.match(message, /\nipv4\.ttl: 7 and 8\nipv4\.checksum: /);
});

test('semantics suite: another outcome, destination or reason is told', () => {
  const expecting = (steps: SemanticsCase['steps']): string =>
    mismatch(() => runCase(interpretTarget, { name: 'wrong', program, steps }));
  assert.match(
    expecting([send(before, forwarded(4, after))]),
    /expected {2}forward to 4\nactual {4}forward to 3/,
  );
  assert.match(expecting([send(before, { outcome: 'pass' })]), /expected {2}pass\nactual {4}forward to 3/);
  assert.match(
    expecting([send(before.slice(0, 13), dropped('not_ipv4'))]),
    /expected {2}drop for not_ipv4\nactual {4}drop for runt_frame/,
  );
});

test('semantics suite: an unchanged frame is expected where none is given', () => {
  assert.match(
    mismatch(() => runCase(interpretTarget, { name: 'wrong', program, steps: [send(before, forwarded(3))] })),
    /ipv4\.ttl: 9 and 8/,
  );
});

test('semantics suite: state and copies that differ are told', () => {
  const steps = [
    send(before, forwarded(3, after)),
    holds({ counters: { seen: [{ packets: 2n, bytes: BigInt(before.length) }] } }),
  ];
  assert.match(
    mismatch(() => runCase(interpretTarget, { name: 'wrong', program, steps })),
    /step 1, counters seen:/,
  );
  const copies = [{ port: 3, expect: emitted(before) }];
  assert.match(
    mismatch(() =>
      runCase(interpretTarget, {
        name: 'wrong',
        program,
        steps: [send(before, forwarded(3, after), { copies })],
      }),
    ),
    /step 0, copy 0:\n[^]*ipv4\.ttl: 9 and 8/,
  );
});

test('semantics suite: drops that are not counted are told', () => {
  const dropping: SemanticsCase = {
    name: 'drops',
    program,
    steps: [send(packet().eth().arp().build(), dropped('not_ipv4'))],
  };
  runCase(interpretTarget, dropping);
  assert.match(
    mismatch(() => runCase(wrapped(CountingNothing), dropping)),
    /drops by reason/,
  );
});

test('semantics suite: a byte written behind the frame is told', () => {
  assert.match(
    mismatch(() => runCase(wrapped(WritingTooFar), right)),
    /bytes behind the frame were written/,
  );
});

test('semantics suite: every construct of the language is in a case', () => {
  const seen = new Set<string>([TABLE_HIT, TABLE_MISS]); // Of packets, not of programs.
  const note = (labels: readonly string[]): void => {
    for (const label of labels) seen.add(label);
  };
  const noteUpdate = (body: readonly UpdateStatement[]): void => {
    for (const s of body) {
      note(updateLabels(s));
      if (s.kind === 'if') [s.then, s.otherwise].forEach(noteUpdate);
    }
  };
  for (const { program } of SEMANTICS.flatMap(({ cases }) => cases)) {
    const built = program();
    visitBlock([...built.ingress, ...(built.egress ?? [])], {
      statement: (s) => {
        note(statementLabels(built, s));
        if (s.kind === 'update' || s.kind === 'slotUpdate') noteUpdate(s.body);
      },
      expr: (e) => note(expressionLabels(e)),
      bool: (b) => note(conditionLabels(b)),
    });
  }
  assert.deepEqual(
    ALL_LABELS.filter((label) => !seen.has(label)),
    [],
  );
});

/** Planted bugs that look in generated code for names which only random programs give to their state. */
const ONLY_IN_RANDOM_PROGRAMS = new Set(['slot-way-order', 'slot-key-unpacked', 'cache-key-unchecked']);

test('semantics suite: every bug planted in the js back end fails a case', () => {
  const built = SEMANTICS.flatMap(({ cases }) =>
    cases.map((c) => ({ semanticsCase: c, program: c.program() })),
  );
  const isFound = (mutant: (typeof MUTANTS)[number]): boolean =>
    built.some(({ semanticsCase, program }) =>
      fails(mutant.plant(jsTarget, program), semanticsCase, program),
    );
  const missed = MUTANTS.filter((mutant) => !isFound(mutant)).map((mutant) => mutant.name);
  assert.deepEqual(
    missed.filter((name) => !ONLY_IN_RANDOM_PROGRAMS.has(name)),
    [],
  );
});

function fails(planted: Target | null, semanticsCase: SemanticsCase, program: Program): boolean {
  if (planted === null) return false;
  try {
    runCase(planted, { ...semanticsCase, program: () => program });
    return false;
  } catch {
    return true;
  }
}
