/**
 * Names of links for people, numbered ones of a kind in short: 'server0-tor to server15-tor, controller-tor'.
 */
export function describeLinks(names: readonly string[]): string {
  const kinds = Map.groupBy(names, (name) => name.replace(/\d+/, ''));
  return [...kinds.values()]
    .map((kind) => (kind.length > 2 ? `${kind[0]} to ${kind.at(-1)}` : kind.join(', ')))
    .join(', ');
}
