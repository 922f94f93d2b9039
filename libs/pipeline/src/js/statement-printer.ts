/** Prints the statements of a part: control flow, assignments, outcomes, hashes. */
import { present } from '@ballast/base';
import type { Statement } from '../ir.ts';
import { valueIn } from './assignment.ts';
import { crc16Of, crc32Of, type HashPart, storeBytes } from './hash-printer.ts';
import type { PartContext } from './part-context.ts';
import { cellAt, StatePrinter } from './state-printer.ts';
import { StorePrinter } from './store-printer.ts';
import { argumentsFor, single, type Value, ZERO } from './value.ts';
import { exact, modulo, negate, type Word, WORD_BITS } from './word.ts';

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>;
type Survivor = 'forward' | 'multicast' | 'controller' | 'pass' | 'recirculate' | 'emit';

/** How outcomes are called in generated code. `RECIRCULATE` is never seen outside. */
export const OUTCOME_CONSTANTS: Readonly<Record<Exclude<Survivor, 'emit'> | 'drop', string>> = {
  forward: 'FORWARD',
  multicast: 'MULTICAST',
  drop: 'DROP',
  controller: 'CONTROLLER',
  pass: 'PASS',
  recirculate: 'RECIRCULATE',
};

export class StatementPrinter {
  readonly #part: PartContext;
  readonly #state: StatePrinter;
  readonly #stores: StorePrinter;
  /** Whether something follows the outcome: checksums, the deparser, another turn. */
  readonly #hasTail: boolean;

  constructor(part: PartContext, hasTail: boolean) {
    this.#part = part;
    this.#state = new StatePrinter(part);
    this.#stores = new StorePrinter(part, this.#state);
    this.#hasTail = hasTail;
  }

  block(block: 'body' | 'settle' | readonly Statement[]): void {
    this.#part.statements(block, (statement) => {
      this.#statement(statement);
    });
  }

  #statement(s: Statement): void {
    switch (s.kind) {
      case 'set':
        return this.#set(s);
      case 'if':
        return this.#if(s);
      case 'apply':
        return this.#apply(s);
      case 'push':
      case 'pop':
        this.#part.writer.line(
          `${this.#part.flags.get(s.header)} = ${s.kind === 'push'}; // ${s.kind} of ${s.header}`,
        );
        this.#part.writer.line('reshaped = true;');
        if (s.kind === 'pop') this.#part.fields.popped(s.header);
        return;
      case 'hash':
        return this.#hash(s);
      case 'forward':
      case 'multicast':
      case 'drop':
      case 'controller':
      case 'recirculate':
      case 'pass':
      case 'emit':
        return this.#outcome(s);
      default:
        return this.#stateStatement(s);
    }
  }

  #stateStatement(
    s: Exclude<Statement, { kind: 'set' | 'if' | 'apply' | 'push' | 'pop' | 'hash' | 'drop' | Survivor }>,
  ): void {
    switch (s.kind) {
      case 'read':
        return this.#state.read(s);
      case 'add':
        return this.#state.add(s);
      case 'update':
        return this.#state.update(s);
      case 'argmin':
        return this.#state.argmin(s);
      case 'count':
        return this.#state.count(s);
      case 'random':
        return this.#state.random(s);
      case 'slotLookup':
      case 'slotInsert':
      case 'slotUpdate':
      case 'slotRemove':
        return this.#stores.slot(s);
      case 'cacheGet':
      case 'cachePut':
      case 'cacheRemove':
        return this.#stores.cache(s);
    }
  }

  #set({ target, value }: Of<'set'>): void {
    const { expressions, fields } = this.#part;
    if (target.kind === 'field') return fields.write(target, expressions.value(value));
    if (this.#part.isRead(target.name)) this.#part.assignVariable(target.name, expressions.value(value));
  }

  #if(s: Of<'if'>): void {
    const { expressions, fields } = this.#part;
    const condition = expressions.condition(s.condition);
    const branch = (truth: boolean): void => {
      fields.assume(s.condition, truth);
      this.block(truth ? s.then : s.otherwise);
    };
    if (s.then.length === 0) {
      if (s.otherwise.length === 0) return;
      this.#part.nested(`if (${negate(condition).text})`, () => {
        branch(false);
      });
      return;
    }
    this.#part.nested(`if (${condition.text})`, () => {
      branch(true);
    });
    if (s.otherwise.length === 0) return;
    this.#part.nestedElse(s.otherwise.length === 1 && s.otherwise[0]!.kind === 'if', () => {
      branch(false);
    });
  }

  #apply(s: Of<'apply'>): void {
    const { expressions, layout, names, writer } = this.#part;
    const table = present(layout.tables.get(s.table), `table ${s.table} is declared`);
    writer.comment(`apply ${s.table}`);
    const keys = s.keys.flatMap((key) => argumentsFor(expressions.exact(key)));
    const entry = names.claim(`${s.table}_entry`);
    writer.line(`const ${entry} = ${table.find}(${keys.join(', ')});`);
    let action = '';
    if (table.actions !== null) {
      action = names.claim(`${s.table}_action`);
      writer.line(`const ${action} = ${entry} < 0 ? -1 : ${table.actions}[${entry}];`);
    }
    table.declaration.actions.forEach((declared, i) => {
      const branch = present(s.branches[declared.name], 'each action has a branch');
      const head = `if (${action === '' ? `${entry} >= 0` : `${action} === ${i}`})`;
      const body = (): void => {
        writer.comment(`${s.table}: ${declared.name}`);
        for (const { name, variable } of declared.parameters) {
          const { value } = cellAt(table.parameters[i]!, name, entry);
          this.#part.assignParameter(variable, branch, value);
        }
        this.block(branch);
      };
      if (i === 0) this.#part.nested(head, body);
      else {
        const chained = writer.aside(() => {
          this.#part.nested(head, body);
        });
        writer.elseIf(chained);
      }
    });
    if (s.miss.length === 0) return;
    this.#part.nestedElse(false, () => {
      writer.comment(`${s.table}: miss`);
      this.block(s.miss);
    });
  }

  #hash(s: Of<'hash'>): void {
    if (!this.#part.isRead(s.into)) return;
    const { expressions, writer } = this.#part;
    writer.comment(`hash ${s.algorithm}`);
    const parts = s.args.map((arg) => ({ value: expressions.exact(arg), width: arg.width }));
    this.#part.assignVariable(s.into, this.#extended(this.#hashOf(s, parts), this.#part.widthOf(s.into)));
  }

  #hashOf({ algorithm, key, modulus }: Of<'hash'>, parts: readonly HashPart[]): Value {
    const reduced = (hash: Word): Value => single(modulus === null ? hash : modulo(hash, modulus));
    switch (algorithm) {
      case 'crc16':
        return reduced(crc16Of(parts));
      case 'crc32':
        return reduced(exact(crc32Of([], parts), WORD_BITS));
      case 'halfSipHash': {
        const { shared, writer } = this.#part;
        const { statements, bytes } = storeBytes('sip.view', parts);
        for (const statement of statements) writer.line(statement);
        const { k0, k1 } = halfSipKey(present(key, 'halfSipHash has a key'));
        const constant = shared.constant('sipKey', `{ k0: 0x${k0.toString(16)}, k1: 0x${k1.toString(16)} }`);
        writer.line(`halfSipHash64(sip.bytes, 0, ${bytes}, ${constant}, sip.hash);`);
        return valueIn({ hi: 'sip.hash.hi', lo: 'sip.hash.lo' }, (1n << 64n) - 1n);
      }
    }
  }

  #extended(value: Value, width: number): Value {
    return width > WORD_BITS && value.hi === null ? { hi: ZERO, lo: value.lo } : value;
  }

  #outcome(s: Of<Survivor | 'drop'>): void {
    const { expressions, program, writer } = this.#part;
    switch (s.kind) {
      case 'forward':
      case 'multicast': {
        const destination = s.kind === 'forward' ? s.port : s.group;
        writer.line(`packet.destination = ${expressions.exactWord(destination).text};`);
        break;
      }
      case 'controller':
        writer.line(`packet.reason = ${program.controllerReasons.indexOf(s.reason)}; // ${s.reason}`);
        break;
      case 'drop':
        return this.drop(s.reason);
      default:
    }
    if (s.kind === 'emit') {
      if (!this.#hasTail) writer.line('return true;');
      else writer.comment('emit');
      return;
    }
    const constant = OUTCOME_CONSTANTS[s.kind];
    writer.line(this.#hasTail ? `outcome = ${constant};` : `return ${constant};`);
  }

  drop(reason: string): void {
    const { kind, program, writer } = this.#part;
    const counted = `drop(${program.dropReasons.indexOf(reason)})`;
    if (kind === 'ingress') writer.line(`return ${counted}; // ${reason}`);
    else {
      writer.line(`${counted}; // ${reason}`);
      writer.line('return false;');
    }
  }
}

/** The key's bytes, first one most significant, are two little-endian words to the algorithm. */
function halfSipKey(key: bigint): { k0: number; k1: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, key);
  return { k0: view.getUint32(0, true), k1: view.getUint32(4, true) };
}
