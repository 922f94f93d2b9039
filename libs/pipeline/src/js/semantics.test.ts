import { describeSemantics } from '../../testing/semantics/describe-semantics.ts';
import { jsTarget } from './js-target.ts';

describeSemantics(jsTarget);
