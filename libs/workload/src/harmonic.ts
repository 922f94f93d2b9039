/** Terms that are added one by one; from there on the Euler-Maclaurin series takes over. */
const DIRECT_TERMS = 64;

/**
 * Generalised harmonic number: the sum of i^-theta for i = 1 ... n, in constant time.
 *
 * The tail is Euler and Maclaurin's series up to the third derivative. What it leaves out is below
 * theta^5 / 30240 * 64^-(theta + 5), under 10^-13 of the sum for every theta, so rounding dominates.
 */
export function generalisedHarmonic(n: number, theta: number): number {
  const direct = Math.min(n, DIRECT_TERMS);
  let sum = 0;
  // Smallest first: keeps the rounding error at a few units in the last place.
  for (let i = direct; i >= 1; i--) sum += i ** -theta;
  return n > DIRECT_TERMS ? sum + tail(DIRECT_TERMS, n, theta) : sum;
}

/** Integral of x^-theta from `a` to `b`; continuous in theta across 1, where it is the logarithm. */
export function powerIntegral(a: number, b: number, theta: number): number {
  const q = 1 - theta;
  const logRatio = Math.log(b / a);
  if (q === 0) return logRatio;
  return (a ** q * Math.expm1(q * logRatio)) / q;
}

/** Sum of i^-theta for i = a + 1 ... b. */
function tail(a: number, b: number, theta: number): number {
  const atA = a ** -theta;
  const atB = b ** -theta;
  const first = (theta / 12) * (atA / a - atB / b);
  const third = ((theta * (theta + 1) * (theta + 2)) / 720) * (atA / a ** 3 - atB / b ** 3);
  return powerIntegral(a, b, theta) + (atB - atA) / 2 + first - third;
}
