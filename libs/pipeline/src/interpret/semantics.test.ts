import { describeSemantics } from '../../testing/semantics/describe-semantics.ts';
import { interpretTarget } from './interpreter.ts';

describeSemantics(interpretTarget);
