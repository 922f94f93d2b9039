/** How long figures will take. */

/**
 * Seconds for points of this work on threads of these speeds (work a second): all of it shared evenly, but
 * never less than the largest point takes by itself.
 */
export function secondsFor(works: readonly number[], speeds: readonly number[]): number {
  const work = works.reduce((sum, one) => sum + one, 0);
  const speed = speeds.reduce((sum, one) => sum + one, 0);
  return Math.max(work / speed, Math.max(0, ...works) / Math.max(...speeds));
}

/** As exact as it is: 'about 40 s', 'about 2 min', 'about 1 h 20 min'. */
export function estimateText(seconds: number): string {
  if (seconds < 90)
    return `about ${Math.max(1, seconds < 10 ? Math.round(seconds) : Math.round(seconds / 5) * 5)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${minutes} min`;
  return `about ${Math.floor(minutes / 60)} h ${Math.round((minutes % 60) / 10) * 10} min`;
}
