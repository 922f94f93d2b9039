import { describeControlPlane } from '../testing/control-plane-contract.ts';
import { interpretTarget } from './interpret/interpreter.ts';
import { jsTarget } from './js/js-target.ts';

for (const target of [interpretTarget, jsTarget]) describeControlPlane(target);
